// evscallpro: the command line. Everything else is in node.cpp.

#include "app/node.hpp"
#include "app/part_settings.hpp"
#include "app/secret_keys.hpp"
#include "app/secrets_command.hpp"
#include "config/parse.hpp"
#include "persistence/backups.hpp"
#include "persistence/secrets_at_rest.hpp"
#include "persistence/store.hpp"
#include "transport/web/password.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace {

constexpr const char* usage =
  "usage: evscallpro [run] --config FILE      runs the node in the foreground\n"
  "       evscallpro migrate --config FILE    brings the database's schema up to date\n"
  "       evscallpro seed --config FILE [--demo]\n"
  "                                           first data of an installation; --demo: passwords = loginId\n"
  "       evscallpro check-config --config FILE\n"
  "       evscallpro restore --config FILE --file BACKUP\n"
  "                                           replaces what is in the database; the node must not run\n"
  "       evscallpro secrets new-key          prints a key for secrets.key_file\n"
  "       evscallpro secrets seal|open|open-hex --keys FILE | --config FILE\n"
  "                                           a line of standard input sealed; a text with its secrets opened\n"
  "       evscallpro secrets rotate --config FILE\n"
  "                                           seals everything in the database with the newest key\n"
  "SIGHUP reads the configuration again, SIGTERM stops, a second SIGTERM ends at once.\n";

/// Thousands of browsers are as many file descriptors.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int run(const evs::config::settings& settings, const std::string& file) {
  raise_file_limit();
  std::signal(SIGPIPE, SIG_IGN);
  // Blocked before any thread starts: only this one takes them.
  auto signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  evs::node node{settings, file};
  node.start();
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP)
      break;
    node.reload();
  }
  // The second one does not wait for anything.
  std::signal(SIGTERM, [](int) { _exit(1); });
  std::signal(SIGINT, [](int) { _exit(1); });
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  node.stop();
  return 0;
}

/// Rows that were written in clear (the seed, scripts, a time without keys) are sealed.
void seal_what_is_clear(const evs::config::settings& settings) {
  const auto keys = evs::secret_keys_of(settings.secrets);
  if (!keys.empty())
    evs::persistence::seal_secrets(evs::store_settings_of(settings.database), keys, evs::persistence::sealing::what_is_clear);
}

int migrate(const evs::config::settings& settings) {
  auto applied = evs::persistence::migrate(evs::store_settings_of(settings.database));
  for (const auto& name : applied)
    std::printf("applied %s\n", name.c_str());
  if (applied.empty())
    std::puts("nothing to apply");
  seal_what_is_clear(settings);
  return 0;
}

int seed(const evs::config::settings& settings, bool demo) {
  const evs::web::password_cost cost{settings.auth.argon2.memory, settings.auth.argon2.operations};
  auto created = evs::persistence::seed(evs::store_settings_of(settings.database), demo,
                                        [&](const std::string& password) { return evs::web::hash_password(password, cost); });
  if (!demo)
    for (const auto& [login, password] : created)
      std::printf("account %s, initial password %s\n", login.c_str(), password.c_str());
  seal_what_is_clear(settings);
  return 0;
}

int restore(const evs::config::settings& settings, const std::string& backup) {
  if (backup.empty())
    return std::fputs("evscallpro restore: --file BACKUP is missing\n", stderr), 2;
  const auto now = [] { return std::chrono::floor<evs::milliseconds>(std::chrono::system_clock::now()); };
  auto backups = evs::persistence::make_postgres_backups({evs::store_settings_of(settings.database), settings.storage.data_dir + "/backups", now});
  const auto outcome = backups->restore_file(backup, {});
  if (!outcome)
    return std::fprintf(stderr, "evscallpro restore: %s\n", outcome.error().text().c_str()), 1;
  seal_what_is_clear(settings);
  return std::puts("restored; everybody has to sign in again"), 0;
}

/// Needs no configuration: scripts name the file of keys.
int keyed(const std::string& action, const std::string& keys) {
  evs::config::settings settings;
  settings.secrets.key_file = keys;
  try {
    return evs::secrets_command(action, settings);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "evscallpro secrets: %s\n", e.what());
    return 1;
  }
}

} // namespace

int main(int argc, char** argv) {
  std::string command = "run", action, file, keys, backup;
  bool demo = false, with_keys = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--config" && i + 1 < argc)
      file = argv[++i];
    else if (word == "--keys" && i + 1 < argc)
      keys = argv[++i], with_keys = true;
    else if (word == "--file" && i + 1 < argc)
      backup = argv[++i];
    else if (word == "--demo")
      demo = true;
    else if (word == "--help" || word == "-h")
      return std::fputs(usage, stdout), 0;
    else if (i == 1 && word[0] != '-')
      command = word;
    else if (command == "secrets" && action.empty() && word[0] != '-')
      action = word;
    else
      return std::fprintf(stderr, "evscallpro: \"%s\" is not understood\n%s", word.c_str(), usage), 2;
  }
  if (command == "secrets" && (action == "new-key" || (with_keys && action != "rotate")))
    return keyed(action, keys);
  if (file.empty())
    return std::fprintf(stderr, "evscallpro: --config FILE is missing\n%s", usage), 2;
  auto read = evs::config::load_file(file);
  for (const auto& p : read.wrong)
    std::fprintf(stderr, "%s: %s\n", file.c_str(), p.full_text().c_str());
  if (!read.ok())
    return 1;
  try {
    if (command == "check-config")
      return std::printf("%s is fine\n", file.c_str()), 0;
    if (command == "migrate")
      return migrate(read.value);
    if (command == "seed")
      return seed(read.value, demo);
    if (command == "restore")
      return restore(read.value, backup);
    if (command == "secrets")
      return evs::secrets_command(action, read.value);
    if (command == "run")
      return run(read.value, file);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "evscallpro %s: %s\n", command.c_str(), e.what());
    return 1;
  }
  return std::fprintf(stderr, "evscallpro: there is no command \"%s\"\n%s", command.c_str(), usage), 2;
}
