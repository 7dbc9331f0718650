# keepsake_schema_check(<tool> <folder>): after <tool>, the game's own command line, was built, holds
# its catalogs against what is published in <folder>. The build fails with what the check says.
function(keepsake_schema_check tool folder)
  add_custom_command(TARGET ${tool} POST_BUILD VERBATIM
                     COMMAND ${tool} schema check --dir ${folder}
                     COMMENT "Holding ${tool}'s schemas against ${folder}")
endfunction()
