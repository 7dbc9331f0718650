# cmake -DCOMPILER=… -DCASE=x.cc -DROOT=… -P compile_fail.cmake
# Passes if CASE compiles, and with BAD defined fails with the text of its "// expect: …" line and,
# where it has a line "// errors: N", with so many errors.

file(STRINGS ${CASE} expect_lines REGEX "^// expect: ")
list(LENGTH expect_lines count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "${CASE}: one line '// expect: <text>' is needed, found ${count}")
endif()
string(REGEX REPLACE "^// expect: " "" expect "${expect_lines}")

set(command ${COMPILER} -std=c++20 -fsyntax-only -Wall -Wextra -Werror -I${ROOT}/include -I${ROOT})
execute_process(COMMAND ${command} ${CASE} RESULT_VARIABLE good ERROR_VARIABLE text)
if(NOT good EQUAL 0)
  message(FATAL_ERROR "${CASE}: its good form does not compile:\n${text}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${command} -DBAD ${CASE}
                RESULT_VARIABLE bad ERROR_VARIABLE text)
if(bad EQUAL 0)
  message(FATAL_ERROR "${CASE}: its bad form compiles")
endif()
string(FIND "${text}" "${expect}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${CASE}: expected the message '${expect}', found:\n${text}")
endif()
file(STRINGS ${CASE} errors_line REGEX "^// errors: ")
if(errors_line)
  string(REGEX REPLACE "^// errors: " "" errors "${errors_line}")
  string(REGEX MATCHALL "error: " found "${text}")
  list(LENGTH found count)
  if(NOT count EQUAL errors)
    message(FATAL_ERROR "${CASE}: expected ${errors} errors, found ${count}:\n${text}")
  endif()
endif()
