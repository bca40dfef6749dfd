#include "app/asterisk_sync.hpp"

#include "persistence/postgres/connection_words.hpp"
#include "persistence/system_reader.hpp"

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace evs {

namespace {

/// Exit code of a command that did its work but for what it names.
constexpr int without_some = 3;

milliseconds steady_now() { return std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()); }

/// What a command said as one line; LC_ALL=C, and events are UTF-8.
std::string in_one_line(std::string text) {
  for (char& c : text)
    if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte >= 0x7f)
      c = byte < 0x20 ? ' ' : '?';
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string in_ms(milliseconds time) { return std::to_string(time.count()) + " ms"; }

/// Where the database is and how its passwords are opened: never as arguments, which everybody on the machine may read.
std::vector<std::pair<std::string, std::string>> environment_of(const persistence::store_settings& store, const config::secrets_settings& secrets,
                                                                const std::string& program) {
  auto all = persistence::postgres::connection_environment(store.url);
  if (!secrets.key_file.empty())
    all.emplace_back("EVS_SECRET_KEY_FILE", std::filesystem::absolute(secrets.key_file).string());
  else if (const char* keys = std::getenv("EVS_SECRET_KEYS"))
    all.emplace_back("EVS_SECRET_KEYS", keys);
  all.emplace_back("EVS_BINARY", program);
  return all;
}

/// Asked early: after an upgrade the same path is the new program.
std::string this_program() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown).string();
}

} // namespace

asterisk_sync::asterisk_sync(means with, config::asterisk_apply_settings what) 
    : with_(std::move(with)), program_(this_program()), what_(std::move(what)) {}

asterisk_sync::~asterisk_sync() { stop(); }

void asterisk_sync::configure(config::asterisk_apply_settings what) {
  std::lock_guard lock{mutex_};
  if (what_ == what)
    return;
  if (what_.command != what.command) {
    anew_ = true;
    plan_.changed(steady_now());
  }
  what_ = std::move(what);
  wake_.notify_all();
}

void asterisk_sync::changed() {
  {
    std::lock_guard lock{mutex_};
    plan_.changed(steady_now());
  }
  wake_.notify_all();
}

void asterisk_sync::start() {
  if (thread_.joinable())
    return;
  changed();
  thread_ = std::thread([this] { work(); });
}

void asterisk_sync::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void asterisk_sync::work() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const auto due = plan_.due();
    if (!due || what_.command.empty()) {
      wake_.wait(lock);
      continue;
    }
    if (const auto now = steady_now(); now < *due) {
      wake_.wait_for(lock, *due - now);
      continue;
    }
    plan_.begun();
    const auto what = what_;
    lock.unlock();
    std::string why;
    const bool ok = apply(what, why);
    lock.lock();
    if (stopping_)
      return;
    if (ok) {
      plan_.done();
      continue;
    }
    const auto pause = plan_.failed(steady_now());
    with_.services->ear.log(severity::error, "asterisk-apply", "phones and trunks are not in Asterisk: " + why + "; tried again in " + in_ms(pause));
  }
}

bool asterisk_sync::apply(const config::asterisk_apply_settings& what, std::string& why) {
  if (anew_.exchange(false) || !with_.leads())
    applied_.reset();
  if (!with_.leads())
    return true;
  auto& ear = with_.services->ear;
  const auto began = std::chrono::steady_clock::now();
  process_end end;
  std::string present;
  try {
    present = persistence::lines_fingerprint(with_.store);
    if (applied_ == present)
      return true;
    end = run(what);
  } catch (const std::exception& e) {
    end.how = e.what();
  }
  if (stopping_)
    return false;
  const auto took = std::chrono::round<milliseconds>(std::chrono::steady_clock::now() - began);
  ear.observe("asterisk_apply", std::chrono::duration<double>(took).count());
  if (end.ok || end.code == without_some) {
    applied_ = std::move(present);
    succeeded(end, took);
    return true;
  }
  applied_.reset();
  const auto said = in_one_line(end.complaint);
  why = end.how + (said.empty() ? "" : ": " + said);
  ear.count("asterisk_applies", "failed");
  ear.gauge("asterisk_apply_ok", {}, 0);
  if (!std::exchange(failing_, true))
    alert("error", "asterisk_apply_failed", "Les postes et les lignes n'ont pas pu être mis à jour dans Asterisk (nouvel essai en cours) : " + why);
  return false;
}

process_end asterisk_sync::run(const config::asterisk_apply_settings& what) {
  process_command command;
  command.words = what.command;
  command.environment = environment_of(with_.store, with_.secrets, program_);
  // It may have to become Asterisk's account.
  command.limits.may_gain_rights = true;
  return run_process(command, what.timeout, &stopping_);
}

void asterisk_sync::succeeded(const process_end& end, milliseconds took) {
  auto& ear = with_.services->ear;
  const auto said = in_one_line(end.complaint);
  ear.count("asterisk_applies", end.ok ? "done" : "incomplete");
  ear.gauge("asterisk_apply_ok", {}, 1);
  ear.log(end.ok ? severity::info : severity::warning, "asterisk-apply",
          std::string{end.ok ? "phones and trunks are in Asterisk (" : "phones and trunks are in Asterisk, but not all ("} + in_ms(took) + ")" +
            (said.empty() ? "" : ": " + said));
  if (std::exchange(failing_, false))
    alert("info", "asterisk_apply_restored", "Les postes et les lignes sont de nouveau mis à jour dans Asterisk.");
  auto left_out = end.ok ? std::string{} : said;
  if (left_out != std::exchange(left_out_, left_out) && !left_out.empty())
    alert("warning", "asterisk_apply_incomplete", "Des postes ou des lignes ne sont pas dans Asterisk : " + left_out);
}

void asterisk_sync::alert(const char* level, const char* code, const std::string& message) {
  with_.services->tell(system_alert{level, code, message}, with_.services->now());
}

} // namespace evs
