# Proves which library links which, from what CMake itself will link. Written at configure time into
# a script, since only then the targets exist; checked by link_rules_test.cmake.

# All that `target` links, directly or not, into `out`.
function(link_closure target out)
    set(reached "")
    set(pending ${target})
    while(pending)
        list(POP_FRONT pending next)
        # What is only linked, not compiled against, comes as $<LINK_ONLY:name>.
        string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" next "${next}")
        if(next IN_LIST reached)
            continue()
        endif()
        list(APPEND reached "${next}")
        if(TARGET "${next}")
            foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
                get_target_property(linked ${next} ${property})
                if(linked)
                    list(APPEND pending ${linked})
                endif()
            endforeach()
        endif()
    endwhile()
    list(REMOVE_ITEM reached ${target})
    set(${out} ${reached} PARENT_SCOPE)
endfunction()

set(closures "")
foreach(target httpprof_format httpprof_replay httpprof_record httpprof)
    if(TARGET ${target})
        link_closure(${target} closure)
        string(APPEND closures "set(${target}_links \"${closure}\")\n")
    endif()
endforeach()
string(APPEND closures "set(has_recorder ${HTTPPROF_RECORDER})\n")
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/link_closures.cmake "${closures}")

add_test(NAME architecture.link_rules
         COMMAND ${CMAKE_COMMAND} -DCLOSURES=${CMAKE_CURRENT_BINARY_DIR}/link_closures.cmake
                 -P ${CMAKE_CURRENT_SOURCE_DIR}/link_rules_test.cmake)
