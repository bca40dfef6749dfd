#include "tests/bench/common/stamp_board.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace evs::bench {

namespace {

constexpr std::size_t header_size = 4096;
static_assert(sizeof(board_header) <= header_size);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void* map(int fd, std::size_t size, const std::string& path) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) fail("map " + path);
  return memory;
}

} // namespace

std::uint64_t now_us() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_nsec) / 1'000;
}

stamp_board::stamp_board(void* memory, std::size_t size, std::uint64_t capacity)
    : memory_(memory), size_(size), capacity_(capacity), header_(static_cast<board_header*>(memory)),
      calls_(reinterpret_cast<call_stamp*>(static_cast<char*>(memory) + header_size)) {}

stamp_board::stamp_board(stamp_board&& other) noexcept : stamp_board(other.memory_, other.size_, other.capacity_) {
  other.memory_ = nullptr;
}

stamp_board::~stamp_board() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
}

stamp_board stamp_board::create(const std::string& path, std::uint64_t capacity) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) fail("create " + path);
  const std::size_t size = header_size + capacity * sizeof(call_stamp);
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) fail("size " + path);
  stamp_board board(map(fd, size, path), size, capacity);
  board.header().capacity = capacity;
  board.header().measure_from = ~std::uint64_t{0};
  board.header().magic = magic_value;
  return board;
}

stamp_board stamp_board::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) fail("open " + path);
  struct stat info {};
  if (::fstat(fd, &info) != 0) fail("stat " + path);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size < header_size) throw std::runtime_error(path + " is not a stamp board");
  stamp_board board(map(fd, size, path), size, (size - header_size) / sizeof(call_stamp));
  if (board.header().magic != magic_value) throw std::runtime_error(path + " is not a stamp board");
  return board;
}

} // namespace evs::bench
