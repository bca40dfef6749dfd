# Everything of ours is compiled with these; third-party headers come in as SYSTEM.
add_library(evs_options INTERFACE)
target_compile_options(evs_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_include_directories(evs_options INTERFACE ${CMAKE_SOURCE_DIR})
if(EVS_SANITIZE)
  # -fno-sanitize=null: CAF 0.17 forms null references internally.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined -fno-sanitize=null)
endif()
