# Puts the page of `httpprof report` together and into a C++ source:
#   cmake -DSOURCE=<this folder> -DOUTPUT=<folder> -P embed.cmake
# writes OUTPUT/report_page.cpp, which defines what page.h declares, and the same two texts as
# OUTPUT/head.html and OUTPUT/tail.html for the tests of the page.
cmake_minimum_required(VERSION 3.25)

# In an order in which what is used while the script is read stands before its use.
set(modules text bytes dom data statistics filter state graph layout health overview map rows table
            waterfall detail toolbar main)

# The modules as one script: with their imports and exports they are modules only to editors and to
# node; a file opened from disk cannot import others.
function(join_modules out)
    set(script "'use strict';\n")
    foreach(module IN LISTS modules)
        file(READ ${SOURCE}/js/${module}.js text)
        string(REGEX REPLACE "\nimport {[^}]*} from '[^']*';" "" text "\n${text}")
        string(REGEX REPLACE "\nexport " "\n" text "${text}")
        string(APPEND script "${text}")
    endforeach()
    set(${out} "(() => {\n${script}})();\n" PARENT_SCOPE)
endfunction()

# The digest of a text as a Content Security Policy names it: SHA-256 in base64.
function(csp_hash out text)
    set(alphabet ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
    string(SHA256 hex "${text}")
    string(APPEND hex 00)
    set(base64 "")
    foreach(group RANGE 10)
        math(EXPR at "${group} * 6")
        string(SUBSTRING ${hex} ${at} 6 three_bytes)
        foreach(shift 18 12 6 0)
            math(EXPR digit "(0x${three_bytes} >> ${shift}) & 63")
            string(SUBSTRING ${alphabet} ${digit} 1 letter)
            string(APPEND base64 ${letter})
        endforeach()
    endforeach()
    string(REGEX REPLACE ".$" "=" base64 "${base64}")
    set(${out} "'sha256-${base64}'" PARENT_SCOPE)
endfunction()

# Ends the element it is put into, or is not what a browser and the hash take it for.
function(refuse what text pattern)
    if(text MATCHES "${pattern}")
        message(FATAL_ERROR "${what} contains '${CMAKE_MATCH_0}', which it must not")
    endif()
endfunction()

# Bytes, not a string literal: the standard asks of compilers only 65536 characters of those.
function(define_text out name text)
    string(HEX "${text}" hex)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(................................................................................)"
           "\\1\n" bytes "${bytes}")
    set(${out} "constexpr unsigned char ${name}[] = {\n${bytes}};\n" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE}/report.html page)
file(READ ${SOURCE}/report.css style)
join_modules(script)
refuse("the style" "${style}" "</style|\r")
refuse("the script" "${script}" "</script|<!--|\r|\nimport |\nexport ")

csp_hash(script_hash "${script}")
csp_hash(style_hash "${style}")
string(CONCAT policy "default-src 'none'; script-src ${script_hash}; style-src ${style_hash}; base-uri 'none'; "
       "form-action 'none'; require-trusted-types-for 'script'")
string(REPLACE "@CSP@" "${policy}" page "${page}")
string(REPLACE "@CSS@" "${style}" page "${page}")
string(FIND "${page}" "@DATA@\n" data)
string(SUBSTRING "${page}" 0 ${data} head)
math(EXPR after "${data} + 7")
string(SUBSTRING "${page}" ${after} -1 tail)
string(REPLACE "@JS@" "${script}" tail "${tail}")

file(WRITE ${OUTPUT}/head.html "${head}")
file(WRITE ${OUTPUT}/tail.html "${tail}")
define_text(head_bytes kHead "${head}")
define_text(tail_bytes kTail "${tail}")
file(WRITE ${OUTPUT}/report_page.cpp "// Made by embed.cmake.
#include \"replay/emit/report/page.h\"

#include <cstddef>

namespace httpprof::replay {
namespace {

${head_bytes}
${tail_bytes}
std::string_view view(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::string_view report_page_head() {
    return view(kHead, sizeof kHead);
}

std::string_view report_page_tail() {
    return view(kTail, sizeof kTail);
}

}  // namespace httpprof::replay
")
