// TLS: who is let in, and who gets the secret.

#include "transport/ami/link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace {

using namespace evs;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

struct identity {
  std::string certificate;
  std::string key;
};

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// A fresh key with a certificate that it signed itself, for one alternative name ("IP:127.0.0.1").
identity self_signed(const char* alternative_name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const std::unique_ptr<X509, decltype(&X509_free)> made{X509_new(), X509_free};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  auto* name = X509_get_subject_name(made.get());
  const unsigned char common[] = "laboratory";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  for (const auto& [what, value] :
       {std::pair{NID_subject_alt_name, alternative_name}, {NID_basic_constraints, "critical,CA:TRUE"}}) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension{
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value), X509_EXTENSION_free};
    X509_add_ext(made.get(), extension.get(), -1);
  }
  X509_sign(made.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> certificate{BIO_new(BIO_s_mem()), BIO_free},
      secret{BIO_new(BIO_s_mem()), BIO_free};
  PEM_write_bio_X509(certificate.get(), made.get());
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate.get()), text_of(secret.get())};
}

/// Serves one TLS connection after the other: greets, and answers every action so that a link comes up.
class tls_server {
public:
  explicit tls_server(const identity& who)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), context_(asio::ssl::context::tls_server) {
    context_.use_certificate_chain(asio::buffer(who.certificate));
    context_.use_private_key(asio::buffer(who.key), asio::ssl::context::pem);
    thread_ = std::thread([this] {
      while (!over_) {
        try {
          serve();
        } catch (const boost::system::system_error&) { // the link left, or did not like us
        }
      }
    });
  }
  ~tls_server() {
    over_ = true;
    boost::system::error_code ignored;
    tcp::socket wake(io_);
    wake.connect(acceptor_.local_endpoint(), ignored);
    wake.close(ignored);
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  bool saw_secret() const { return saw_secret_; }

private:
  void serve() {
    asio::ssl::stream<tcp::socket> stream(acceptor_.accept(), context_);
    stream.handshake(asio::ssl::stream_base::server);
    asio::write(stream, asio::buffer(std::string{"Asterisk Call Manager/11.0.0\r\n"}));
    std::string text;
    std::array<char, 1024> room{};
    for (;;) {
      text.append(room.data(), stream.read_some(asio::buffer(room)));
      for (auto end = text.find("\r\n\r\n"); end != std::string::npos; end = text.find("\r\n\r\n")) {
        const auto action = text.substr(0, end);
        text.erase(0, end + 4);
        const auto id = action.find("ActionID: ") + 10;
        if (action.find("Secret: hush") != std::string::npos) saw_secret_ = true;
        std::string answer = "Response: Success\r\nActionID: " + action.substr(id, action.find("\r\n", id) - id);
        answer.append("\r\nCoreStartupDate: d\r\nCoreStartupTime: t\r\n\r\nEvent: FullyBooted\r\n\r\n");
        asio::write(stream, asio::buffer(answer));
      }
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  asio::ssl::context context_;
  std::atomic<bool> over_{false};
  std::atomic<bool> saw_secret_{false};
  std::thread thread_;
};

class first_news : public ami::link_listener {
public:
  void on_up(const std::string&, const std::string&) override { tell("up"); }
  void on_down(const std::string& why) override { tell(why); }
  void on_events(std::vector<telephony_event>, timestamp) override {}
  std::string wait() {
    std::unique_lock lock(mutex_);
    told_.wait_for(lock, 10s, [&] { return !news_.empty(); });
    return news_;
  }

private:
  void tell(const std::string& what) {
    std::lock_guard lock(mutex_);
    if (news_.empty()) news_ = what;
    told_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable told_;
  std::string news_;
};

class AmiLinkTls : public testing::Test {
protected:
  ~AmiLinkTls() override { std::filesystem::remove(ca_file); }

  std::string connect_to(tls_server& server, const identity& trusted, bool verify = true) {
    std::ofstream(ca_file) << trusted.certificate;
    ami::link_settings settings;
    settings.port = server.port();
    settings.username = "evs";
    settings.secret = "hush";
    settings.tls = true;
    settings.tls_ca_file = ca_file;
    settings.tls_verify = verify;
    first_news news;
    auto wire = ami::make_link(settings, news);
    wire->start();
    auto told = news.wait();
    wire->stop();
    return told;
  }
  std::string ca_file = testing::TempDir() + "evs-ca-" + std::to_string(::getpid()) + ".pem";
};

TEST_F(AmiLinkTls, LetsInWhomTheCaVouchesFor) {
  const auto right = self_signed("IP:127.0.0.1");
  tls_server server(right);
  EXPECT_EQ(connect_to(server, right), "up");
  EXPECT_TRUE(server.saw_secret());
}

TEST_F(AmiLinkTls, TellsNoSecretToAnUnknownServer) {
  tls_server server(self_signed("IP:127.0.0.1"));
  EXPECT_NE(connect_to(server, self_signed("IP:127.0.0.1")).find("certificate verify failed"), std::string::npos);
  EXPECT_FALSE(server.saw_secret());
}

TEST_F(AmiLinkTls, TellsNoSecretToAServerOfAnotherName) {
  const auto other = self_signed("IP:127.0.0.9");
  tls_server server(other);
  EXPECT_NE(connect_to(server, other).find("certificate verify failed"), std::string::npos);
  EXPECT_FALSE(server.saw_secret());
}

TEST_F(AmiLinkTls, TakesAnyServerWhereVerifyingIsOff) {
  tls_server server(self_signed("IP:127.0.0.9"));
  EXPECT_EQ(connect_to(server, self_signed("IP:127.0.0.1"), false), "up");
}

} // namespace
