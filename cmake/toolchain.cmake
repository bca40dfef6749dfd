# Quick builds: ccache in front of the compiler, mold behind it, where the machine has them.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
find_program(EVS_CCACHE ccache)
if(EVS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${EVS_CCACHE})
endif()
find_program(EVS_MOLD mold)
if(EVS_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
add_compile_options(-fdiagnostics-color=auto)
# Lines without types keep the debug information (and so the build and link time) small.
string(REPLACE "-g" "-g1" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
# Precompiled headers and ccache agree only with these.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
endif()
