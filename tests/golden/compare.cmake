# Analyzes ${CAPTURE}.httpprof, or its segments, with ${KEY} and compares the outputs, byte by byte, with ${CAPTURE}.jsonl and .yaml;
# once as it is, once under another locale, time zone and number of jobs.
cmake_minimum_required(VERSION 3.25)

file(GLOB files ${CAPTURE}.httpprof ${CAPTURE}.[0-9]*.httpprof)

function(compare golden actual)
    execute_process(COMMAND ${DIFF} -u ${golden} ${actual} RESULT_VARIABLE different)
    if(different)
        message(SEND_ERROR "${actual} is not ${golden}")
    endif()
endfunction()

function(analyze folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ENVIRONMENT;OPTIONS")
    file(REMOVE_RECURSE ${folder})
    file(MAKE_DIRECTORY ${folder})
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env --unset=ENV_PREFIX_LIST ${arg_ENVIRONMENT}
                ${HTTPPROF} analyze --key ${KEY} ${files} -o ${folder}/events.jsonl
                --env-out ${folder}/env.yaml ${arg_OPTIONS}
        RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(SEND_ERROR "analyze ended with ${result}")
    endif()
    compare(${CAPTURE}.jsonl ${folder}/events.jsonl)
    compare(${CAPTURE}.yaml ${folder}/env.yaml)
endfunction()

analyze(${SCRATCH}/plain)
analyze(${SCRATCH}/elsewhere ENVIRONMENT LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu OPTIONS --jobs 4)
