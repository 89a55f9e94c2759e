# What `cmake --install` puts where, and the Debian package that `cpack` makes of it.
include(GNUInstallDirs)

# Manual pages and completions are what the program says of itself.
set(manual ${PROJECT_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual}/man1/httpprof.1
    COMMAND httpprof manual ${manual}
    DEPENDS httpprof VERBATIM)
add_custom_target(httpprof_manual ALL DEPENDS ${manual}/man1/httpprof.1)

install(TARGETS httpprof RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${manual}/bash/httpprof
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${manual}/zsh/_httpprof DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${manual}/fish/httpprof.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${PROJECT_SOURCE_DIR}/README.md
              ${PROJECT_SOURCE_DIR}/LICENSE
              ${PROJECT_SOURCE_DIR}/format/capture.capnp
              ${PROJECT_SOURCE_DIR}/tools/deploy/copyright
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/format/README.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME capture-format.md)
if(HTTPPROF_RECORDER)
    install(FILES ${PROJECT_SOURCE_DIR}/tools/deploy/README.md
            DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME systemd.md)
    install(FILES ${PROJECT_SOURCE_DIR}/tools/deploy/httpprof.service
            DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME httpprof)
set(CPACK_PACKAGE_CONTACT "the httpprof maintainers <httpprof@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
    "Records what the processes of a host say over HTTP with eBPF programs, into a capture file
that is analyzed later and elsewhere: JSON lines for messages, YAML for environments.
Recording needs root, or the capabilities that httpprof-record(1) and systemd.md name.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
