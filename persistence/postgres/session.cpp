#include "persistence/postgres/session.hpp"

#include "persistence/postgres/stall_guard.hpp"

#include <pqxx/pqxx>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <set>
#include <thread>
#include <utility>

namespace evs::persistence::postgres {

// libpqxx writes a row through an output stream a field, which takes several times as long as all the rest of an import; its
// function for a finished line is private. Naming a private member as a template argument is allowed in an explicit instantiation
// (C++20, [temp.spec]/6), and a friend that is defined there may call it.
void write_line(pqxx::stream_to& to, const std::string& line);
template <auto Member>
struct line_writer {
  friend void write_line(pqxx::stream_to& to, const std::string& line) { (to.*Member)(line); }
};
template struct line_writer<&pqxx::stream_to::write_raw_line>;

namespace {

constexpr milliseconds grace{500};

constexpr statement use_timeouts{"use_timeouts",
                                 "select set_config('statement_timeout', $1, false), set_config('TimeZone', 'UTC', false), "
                                 "set_config('client_min_messages', 'error', false)"};

/// Migration 0008.
constexpr statement tell_us{"tell_us", "select set_config('evs.outbox', 'told', false)"};

/// Hears that a transaction wrote into the outbox.
class outbox_ear : public pqxx::errorhandler {
public:
  using errorhandler::errorhandler;
  bool operator()(const char message[]) noexcept override {
    const bool ours = std::strstr(message, "evs_outbox") != nullptr;
    written = written || ours;
    return !ours;
  }
  bool written = false;
};

/// Ours come last and so win over what the settings' own text says about the same thing.
std::string connection_text(const store_settings& settings) {
  const auto wait = std::max<std::int64_t>(1, std::chrono::ceil<seconds>(settings.connect_timeout).count());
  const bool url = settings.url.starts_with("postgresql://") || settings.url.starts_with("postgres://");
  std::string text = settings.url;
  auto add = [&](const std::string& key, const std::string& value) {
    const char* separator = !url ? " " : text.find('?') == std::string::npos ? "?" : "&";
    text += separator + key + '=' + value;
  };
  add("connect_timeout", std::to_string(wait));
  add("client_encoding", "UTF8");
  add("application_name", "evscallpro");
  add("keepalives_idle", "10");
  add("keepalives_interval", "5");
  add("keepalives_count", "3");
  return text;
}

/// Whether the server refused the input itself (SQLSTATE classes: cardinality, data, constraint, limit, raised, check option).
/// All else (connection, resources, cancelled, shutting down, read-only, missing table) may be over when it is tried again.
bool is_about_input(const std::string& state) {
  static const std::set<std::string> classes{"21", "22", "23", "44", "54", "P0"};
  return classes.contains(state.substr(0, 2));
}

/// query_canceled (by statement_timeout), lock_not_available
bool is_about_time(const std::string& state) { return state == "57014" || state == "55P03"; }

/// The first line: libpq's texts have several, with the statement's data.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

} // namespace

std::int64_t row::number(std::size_t i) const {
  const auto value = text(i);
  std::int64_t out = 0;
  std::from_chars(value.data(), value.data() + value.size(), out);
  return out;
}

double row::real(std::size_t i) const {
  const auto value = text(i);
  double out = 0;
  std::from_chars(value.data(), value.data() + value.size(), out);
  return out;
}

std::optional<timestamp> row::optional_moment(std::size_t i) const {
  return is_null(i) ? std::nullopt : std::optional{moment(i)};
}

struct session::link {
  explicit link(const store_settings& settings)
      : limit(settings.statement_timeout), connection(connection_text(settings)), ear(connection) {}

  /// Watches the exchange with the server; every statement moves the deadline.
  struct watch {
    explicit watch(link& l) : guard(l.guard) { l.expect_answer(); }
    ~watch() { guard.disarm(); }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    stall_guard& guard;
  };

  void expect_answer() {
    if (limit.count() > 0)
      guard.arm(connection.sock(), stall_guard::clock::now() + limit + grace);
  }

  rows run(pqxx::transaction_base& on, const statement& what, const parameters& values) {
    expect_answer();
    if (prepared.insert(what.name).second)
      connection.prepare(what.name, what.sql);
    std::vector<parameter> clean;
    clean.reserve(values.size());
    for (const auto& value : values)
      clean.push_back(value ? parameter{clean_utf8(*value)} : parameter{});
#if PQXX_VERSION_MAJOR >= 7
    pqxx::params list;
    for (const auto& value : clean)
      if (value) list.append(*value);
      else list.append();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    const pqxx::result got = on.exec_prepared(what.name, list);
#pragma GCC diagnostic pop
#else
    std::vector<const char*> list;
    for (const auto& value : clean)
      list.push_back(value ? value->c_str() : nullptr);
    const pqxx::result got = on.exec_prepared(what.name, pqxx::prepare::make_dynamic_params(list));
#endif
    rows out;
    out.reserve(static_cast<std::size_t>(got.size()));
    for (const auto& line : got) {
      std::vector<parameter> cells;
      for (const auto& field : line)
        cells.push_back(field.is_null() ? parameter{} : parameter{std::string{field.c_str(), static_cast<std::size_t>(field.size())}});
      out.emplace_back(std::move(cells));
    }
    return out;
  }

  milliseconds limit;
  pqxx::connection connection;
  outbox_ear ear;
  std::set<std::string> prepared;
  // Last: it must be gone before the connection whose socket it watches.
  stall_guard guard;
};

namespace {

pqxx::stream_to open_copy(pqxx::transaction_base& on, const std::string& table, const std::vector<std::string>& columns) {
#if PQXX_VERSION_MAJOR >= 7
  std::string list;
  for (const auto& column : columns)
    list += (list.empty() ? "" : ", ") + column;
  return pqxx::stream_to::raw_table(on, table, list);
#else
  return pqxx::stream_to{on, table, columns};
#endif
}

template <class Run, class Expect>
class open_transaction : public transaction {
public:
  open_transaction(pqxx::transaction_base& on, Run run, Expect expect_answer)
      : on_(on), run_(std::move(run)), expect_answer_(std::move(expect_answer)) {}
  rows run(const statement& what, parameters values) override { return run_(what, values); }
  void script(const std::string& sql) override {
    expect_answer_();
    on_.exec(sql);
  }
  void copy(const std::string& table, const std::vector<std::string>& columns, const std::function<bool(copy_line&)>& next) override {
    constexpr unsigned often = 1000;
    expect_answer_();
    auto stream = open_copy(on_, table, columns);
    copy_line line;
    for (unsigned count = 1; next(line); ++count) {
      write_line(stream, line.text());
      line.clear();
      if (count % often == 0)
        expect_answer_();
    }
    expect_answer_();
    stream.complete();
  }

private:
  pqxx::transaction_base& on_;
  Run run_;
  Expect expect_answer_;
};

} // namespace

session::session(store_settings settings, std::function<void()> outbox_written)
    : settings_(std::move(settings)), outbox_written_(std::move(outbox_written)) {}
session::~session() = default;

/// True when the connection is new.
bool session::connect() {
  if (link_)
    return false;
  link_ = std::make_unique<link>(settings_);
  link::watch watched{*link_};
  pqxx::nontransaction alone{link_->connection};
  link_->run(alone, use_timeouts, {std::to_string(settings_.statement_timeout.count())});
  if (outbox_written_)
    link_->run(alone, tell_us, {});
  return true;
}

void session::failed(const std::string& what, const std::string& sql_state) {
  const bool stalled = link_ && link_->guard.fired();
  const bool lost = !link_ || !link_->connection.is_open();
  if (!stalled && !lost && is_about_input(sql_state))
    throw store_rejected{first_line(what) + " (" + sql_state + ")"};
  if (!stalled && !lost && is_about_time(sql_state))
    throw store_overdue{"PostgreSQL: " + first_line(what)};
  link_.reset();
  throw store_unavailable{stalled ? "PostgreSQL did not answer in time" : "PostgreSQL: " + first_line(what)};
}

void session::committed() {
  if (std::exchange(link_->ear.written, false) && outbox_written_)
    outbox_written_();
}

void session::run(isolation level, const std::function<void(transaction&)>& work) {
  for (;;) {
    bool fresh = true, begun = false;
    try {
      fresh = connect();
      auto& l = *link_;
      link::watch watched{l};
      auto perform = [&](pqxx::transaction_base& on) {
        begun = true;
        open_transaction open{on, [&](const statement& what, const parameters& values) { return l.run(on, what, values); },
                              [&] { l.expect_answer(); }};
        work(open);
      };
      if (level == isolation::none) {
        pqxx::nontransaction alone{l.connection};
        perform(alone);
        committed();
        return;
      }
      pqxx::work in{l.connection};
      if (level == isolation::snapshot)
        in.exec("set transaction isolation level repeatable read, read only");
      perform(in);
      l.expect_answer();
      in.commit();
      committed();
      return;
    } catch (const store_rejected&) {
      throw;
    } catch (const store_unavailable&) {
      throw;
    } catch (const pqxx::serialization_failure& e) {
      throw store_conflict{"PostgreSQL: " + first_line(e.what())};
    } catch (const pqxx::deadlock_detected& e) {
      throw store_conflict{"PostgreSQL: " + first_line(e.what())};
    } catch (const pqxx::sql_error& e) {
      if (!fresh && !begun && !link_->connection.is_open() && !link_->guard.fired()) {
        link_.reset();
        continue;
      }
      failed(e.what(), e.sqlstate());
    } catch (const std::exception& e) {
      if (!fresh && !begun && !link_->guard.fired()) {
        link_.reset();
        continue;
      }
      // Not known to be harmless for the connection: start anew.
      const std::string what = e.what();
      const bool stalled = link_ && link_->guard.fired();
      link_.reset();
      throw store_unavailable{stalled ? "PostgreSQL did not answer in time" : "PostgreSQL: " + first_line(what)};
    }
  }
}

rows session::run(const statement& what, parameters values) {
  rows out;
  run(isolation::none, [&](transaction& t) { out = t.run(what, values); });
  return out;
}

// ---------------------------------------------------------------- bell

struct bell::line {
  class ear : public pqxx::notification_receiver {
  public:
    using notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { rang = true; }
    bool rang = false;
  };

  line(const store_settings& settings, const std::string& channel) : connection(connection_text(settings)), heard(connection, channel) {}
  pqxx::connection connection;
  ear heard;
};

/// What is pulled in this process.
struct bell::cord {
  cord() : fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~cord() { ::close(fd); }
  cord(const cord&) = delete;
  cord& operator=(const cord&) = delete;
  void pull() const {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(fd, &once, sizeof once);
  }
  /// Whether it was pulled since it was asked last.
  bool pulled() const {
    std::uint64_t times = 0;
    return ::read(fd, &times, sizeof times) == sizeof times;
  }
  int fd;
};

bell::bell(store_settings settings, std::string channel)
    : settings_(std::move(settings)), channel_(std::move(channel)), cord_(std::make_shared<cord>()) {}
bell::~bell() = default;

std::function<void()> bell::ringer() const {
  return [cord = cord_] { cord->pull(); };
}

bool bell::wait(milliseconds longest) {
  try {
    if (!line_) {
      line_ = std::make_unique<line>(settings_, channel_);
      return true;
    }
    auto& connection = line_->connection;
    line_->heard.rang = false;
    if (connection.get_notifs() == 0) {
      pollfd both[] = {{cord_->fd, POLLIN, 0}, {connection.sock(), POLLIN, 0}};
      ::poll(both, 2, static_cast<int>(longest.count()));
      connection.get_notifs();
    }
    if (!connection.is_open())
      line_.reset();
    return cord_->pulled() || !line_ || line_->heard.rang;
  } catch (const std::exception&) {
    line_.reset();
    std::this_thread::sleep_for(std::min<milliseconds>(longest, milliseconds{200}));
    return true;
  }
}

} // namespace evs::persistence::postgres
