#include "surroundings.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <cstdlib>
#include <regex>

#include <unistd.h>

namespace evs::persistence::testing {

namespace {

const std::regex url_shape{R"(^(postgres(?:ql)?://)([^@/]*@)?([^/:?]+)(:[0-9]+)?/([^?]*)(\?.*)?$)"};

std::smatch parts(const std::string& url) {
  std::smatch found;
  if (!std::regex_match(url, found, url_shape))
    throw std::runtime_error{"EVS_PG_URL must look like postgresql://user@host:port/database"};
  return found;
}

std::string required(const char* name, const char* example) {
  const char* value = std::getenv(name);
  if (!value || !*value)
    throw std::runtime_error{std::string{name} + " is not set. These tests need real servers, e.g. " + name + "=" + example};
  return value;
}

std::string fresh_name() {
  static int count = 0;
  return "evs_scratch_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
}

void administer(const std::string& sql) {
  pqxx::connection admin{admin_url()};
  pqxx::nontransaction{admin}.exec(sql);
}

std::string shared_name() { return "evs_scratch_" + std::to_string(::getpid()); }

/// The migrated database of this run: made first, dropped last.
class shared_database : public ::testing::Environment {
public:
  void SetUp() override {
    administer("create database " + shared_name());
    store_settings s;
    s.url = with_database(admin_url(), shared_name());
    migrate(s);
  }
  void TearDown() override { administer("drop database if exists " + shared_name() + " with (force)"); }
};
const auto* const registered = ::testing::AddGlobalTestEnvironment(new shared_database);

} // namespace

std::string admin_url() { return required("EVS_PG_URL", "postgresql://evs@127.0.0.1:25432/evs"); }

std::uint16_t redis_port() { return static_cast<std::uint16_t>(std::stoul(required("EVS_REDIS_PORT", "26379"))); }

std::string with_database(const std::string& url, const std::string& database) {
  const auto p = parts(url);
  return p.str(1) + p.str(2) + p.str(3) + p.str(4) + '/' + database + p.str(6);
}

std::string with_port(const std::string& url, std::uint16_t port) {
  const auto p = parts(url);
  return p.str(1) + p.str(2) + "127.0.0.1:" + std::to_string(port) + '/' + p.str(5) + p.str(6);
}

std::pair<std::string, std::uint16_t> endpoint(const std::string& url) {
  const auto p = parts(url);
  return {p.str(3), p[4].matched ? static_cast<std::uint16_t>(std::stoul(p.str(4).substr(1))) : std::uint16_t{5432}};
}

struct scratch_database::tool {
  explicit tool(const std::string& url) : connection(url) {}
  pqxx::connection connection;
};

scratch_database::scratch_database(kind k)
    : kind_(k), name_(k == bare ? fresh_name() : shared_name()), url_(with_database(admin_url(), name_)) {
  if (kind_ == bare) {
    administer("create database " + name_);
    tool_ = std::make_shared<tool>(url_);
    return;
  }
  static const auto shared = std::make_shared<tool>(url_);
  tool_ = shared;
  // Quicker than truncate for the few rows of a test; needs a superuser, as the foreign keys don't matter here.
  ask("do $$ declare t text; begin set local session_replication_role = replica; "
      "for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations' "
      "loop execute format('delete from %I', t); end loop; end $$");
}

scratch_database::~scratch_database() {
  if (kind_ != bare)
    return;
  try {
    tool_.reset();
    administer("drop database if exists " + name_ + " with (force)");
  } catch (const std::exception& e) {
    ADD_FAILURE() << "could not drop " << name_ << ": " << e.what();
  }
}

store_settings scratch_database::settings() const {
  store_settings s;
  s.url = url_;
  return s;
}

std::string scratch_database::ask(const std::string& sql) const {
  const auto got = pqxx::nontransaction{tool_->connection}.exec(sql);
  return got.empty() || got[0].size() == 0 || got[0][0].is_null() ? std::string{} : got[0][0].c_str();
}

void scratch_database::end_connections() const {
  ask("select count(pg_terminate_backend(pid, 2000)) from pg_stat_activity where datname = current_database() and application_name = 'evscallpro'");
}

} // namespace evs::persistence::testing
