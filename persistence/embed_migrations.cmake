# cmake -DFOLDER=... -DOUTPUT=... -P embed_migrations.cmake: writes migrations/*.sql as C++ data.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(entries "")
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME_WE)
  if(NOT name MATCHES "^[0-9][0-9][0-9][0-9]_[a-z0-9_]+$")
    message(FATAL_ERROR "${path}: a migration is named NNNN_name.sql")
  endif()
  file(SHA256 ${path} checksum)
  file(READ ${path} text)
  string(APPEND entries "  {\"${name}\", \"${checksum}\", R\"evs_sql(${text})evs_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from migrations/*.sql.\n#include \"persistence/postgres/migrations.hpp\"\n\n"
  "namespace evs::persistence::postgres {\n\nconst std::vector<migration>& embedded_migrations() {\n"
  "  static const std::vector<migration> all{\n${entries}  };\n  return all;\n}\n\n}\n")
