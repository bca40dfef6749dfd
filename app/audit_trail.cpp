#include "app/audit_trail.hpp"

#include "domain/value.hpp"

#include <algorithm>

namespace evs {

namespace {

constexpr std::chrono::hours head_pace{1};

std::string key_of(const persistence::audit_line& l) {
  return l.actor + '\n' + l.login + '\n' + l.address + '\n' + l.action + '\n' + l.detail;
}

} // namespace

audit_trail::audit_trail(telemetry& ear, std::function<std::unique_ptr<persistence::audit_book>()> open, std::function<timestamp()> clock,
                         audit_limits limits)
    : ear_(ear), open_(std::move(open)), now_(std::move(clock)), limits_(limits), allowance_(limits.burst), filled_(now_()),
      thread_([this] { work(); }) {}

audit_trail::~audit_trail() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void audit_trail::note(persistence::audit_line line) {
  std::lock_guard lock{mutex_};
  if (changes_.size() < limits_.changes) {
    changes_.push_back(std::move(line));
    return;
  }
  ear_.log(severity::error, "audit", "not written: " + line.actor + ' ' + line.action + ' ' + line.entity);
}

void audit_trail::refused(persistence::audit_line line) {
  std::lock_guard lock{mutex_};
  auto key = key_of(line);
  if (const auto found = refused_.find(key); found != refused_.end())
    ++found->second.second;
  else if (refused_.size() < limits_.different)
    refused_.emplace(std::move(key), std::pair{std::move(line), std::uint64_t{1}});
  else
    ++untold_;
}

/// As many as are allowed now; the rest is a number.
std::vector<persistence::audit_line> audit_trail::take_refused() {
  const auto now = now_();
  allowance_ = std::min(limits_.burst, allowance_ + limits_.an_hour / 3600 * std::chrono::duration<double>(now - filled_).count());
  filled_ = now;
  std::vector<persistence::audit_line> lines;
  auto untold = std::exchange(untold_, 0);
  for (auto& [key, entry] : refused_) {
    auto& [line, times] = entry;
    if (allowance_ < 2) {
      untold += times;
      continue;
    }
    --allowance_;
    if (times > 1)
      line.detail.insert(line.detail.size() - 1, (line.detail.size() > 2 ? "," : "") + std::string{"\"times\":"} + std::to_string(times));
    lines.push_back(std::move(line));
  }
  refused_.clear();
  if (untold > 0 && allowance_ >= 1) {
    --allowance_;
    lines.push_back({"", "", "", "refused", "", "{\"times\":" + std::to_string(untold) + ",\"several\":true}"});
  } else {
    untold_ += untold;
  }
  return lines;
}

void audit_trail::turn(persistence::audit_book& book) {
  std::vector<persistence::audit_line> lines;
  std::size_t changes = 0;
  {
    std::lock_guard lock{mutex_};
    lines.assign(changes_.begin(), changes_.end());
    changes = lines.size();
    for (auto& line : take_refused())
      lines.push_back(std::move(line));
  }
  try {
    write(book, lines);
  } catch (const std::exception&) {
    // The changes wait on; of the refused ones their number does.
    std::lock_guard lock{mutex_};
    untold_ += lines.size() - changes;
    throw;
  }
  {
    std::lock_guard lock{mutex_};
    changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(changes));
  }
  const auto head = book.collect();
  if (head && now_() - head_told_ >= head_pace) {
    head_told_ = now_();
    ear_.log(severity::info, "audit", "the chain's head is " + *head);
  }
}

/// A line that the database will never take must not hold up the others.
void audit_trail::write(persistence::audit_book& book, const std::vector<persistence::audit_line>& lines) {
  try {
    book.write(lines);
  } catch (const persistence::store_rejected&) {
    for (const auto& line : lines)
      try {
        book.write({line});
      } catch (const persistence::store_rejected& e) {
        ear_.log(severity::error, "audit", "not written: " + line.actor + ' ' + line.action + ' ' + line.entity + ": " + e.what());
      }
  }
}

void audit_trail::work() {
  auto book = open_();
  bool told = false;
  for (bool last = false; !last;) {
    {
      std::unique_lock lock{mutex_};
      last = wake_.wait_for(lock, limits_.pace, [&] { return stopping_; });
    }
    try {
      turn(*book);
      told = false;
    } catch (const std::exception& e) {
      if (!std::exchange(told, true))
        ear_.log(severity::warning, "audit", std::string{"lines wait: "} + e.what());
    }
  }
}

} // namespace evs
