#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace evs::bench {

/// Microseconds of the machine's monotonic clock: the same for every process on it.
std::uint64_t now_us();

/// When the first and the last event of one call were handed to the AMI connection; 0 = not yet.
struct call_stamp {
  std::atomic<std::uint64_t> arrived_us;
  std::atomic<std::uint64_t> ended_us;
};

/// The first page of the board. Written by one process a field, read by all; the driver reads it as 64-bit words in this order.
struct board_header {
  std::atomic<std::uint64_t> magic;
  std::atomic<std::uint64_t> prefix;         ///< call ids are "<prefix>.<index>", as Asterisk's "<seconds>.<counter>"
  std::atomic<std::uint64_t> capacity;       ///< calls the board has room for
  std::atomic<std::uint64_t> measure_from;   ///< calls from this index on count for latency; all ones = none yet
  std::atomic<std::uint64_t> started;        ///< calls whose Newchannel was sent
  std::atomic<std::uint64_t> ended;          ///< calls whose Hangup was sent
  std::atomic<std::uint64_t> finished;       ///< 1 = no further call will start, all have ended
  std::atomic<std::uint64_t> events;         ///< AMI events sent (to one connection)
  std::atomic<std::uint64_t> bytes;          ///< their size
  std::atomic<std::uint64_t> blocked_max_us; ///< longest time the server's socket took nothing
  std::atomic<std::uint64_t> blocked_count;  ///< times it took nothing for more than 100 ms
  std::atomic<std::uint64_t> late_max_us;    ///< the source's own lateness behind its schedule
  std::atomic<std::uint64_t> logged_in;      ///< AMI clients logged in now
  std::atomic<std::uint64_t> connected;      ///< dashboards connected
  std::atomic<std::uint64_t> deliveries;     ///< events received by all dashboards
  std::atomic<std::uint64_t> frames;         ///< WebSocket messages received
  std::atomic<std::uint64_t> received_bytes;
  std::atomic<std::uint64_t> lost_connections;
};

/// Shared memory through which the AMI source tells the dashboards when each call was sent, so that latency needs no stamp
/// in the events themselves. Maps the file for its own lifetime.
class stamp_board {
public:
  static constexpr std::uint64_t magic_value = 0x4556535f42454e43;

  /// Creates the file, all zero, with room for `capacity` calls. Throws std::system_error.
  static stamp_board create(const std::string& path, std::uint64_t capacity);
  /// Opens what create() made. Throws std::system_error or std::runtime_error.
  static stamp_board open(const std::string& path);

  stamp_board(stamp_board&& other) noexcept;
  stamp_board(const stamp_board&) = delete;
  stamp_board& operator=(const stamp_board&) = delete;
  stamp_board& operator=(stamp_board&&) = delete;
  ~stamp_board();

  board_header& header() { return *header_; }
  call_stamp& call(std::uint64_t index) { return calls_[index]; }
  std::uint64_t capacity() const { return capacity_; }

private:
  stamp_board(void* memory, std::size_t size, std::uint64_t capacity);

  void* memory_;
  std::size_t size_;
  std::uint64_t capacity_;
  board_header* header_;
  call_stamp* calls_;
};

} // namespace evs::bench
