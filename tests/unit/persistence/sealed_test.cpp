#include "persistence/sealed.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace evs::persistence {
namespace {

const std::string old_key(32, 'o'), new_key(32, 'n'), foreign_key(32, 'f');

TEST(Sealed, OpensWhatItSealed) {
  const std::vector<std::string> texts{"", "a", "mot de passe été", std::string("with\0nul", 8)};
  for (const auto& text : texts)
    EXPECT_EQ(open({new_key}, seal({new_key}, text)), text);
  const std::string long_text(100'000, 'x');
  EXPECT_EQ(open({new_key}, seal({new_key}, long_text)), long_text);
}

TEST(Sealed, NeverLooksTheSameTwiceAndHidesTheText) {
  const auto once = seal({new_key}, "secret-secret-secret"), twice = seal({new_key}, "secret-secret-secret");
  EXPECT_NE(once, twice);
  EXPECT_EQ(once.find("secret"), std::string::npos);
  EXPECT_TRUE(is_sealed(once));
}

TEST(Sealed, OldKeysStillOpenAndTheNewestSeals) {
  const auto before = seal({old_key}, "x");
  EXPECT_EQ(open({new_key, old_key}, before), "x");
  EXPECT_FALSE(is_sealed_with_newest({new_key, old_key}, before));
  const auto after = seal({new_key, old_key}, "x");
  EXPECT_TRUE(is_sealed_with_newest({new_key, old_key}, after));
  EXPECT_EQ(open({old_key}, after), std::nullopt);
}

TEST(Sealed, RefusesForeignKeysAndEveryChangedByte) {
  const auto sealed = seal({new_key}, "secret");
  EXPECT_EQ(open({foreign_key}, sealed), std::nullopt);
  EXPECT_EQ(open({}, sealed), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(open({new_key}, changed), std::nullopt) << i;
  }
  for (std::size_t length = 0; length < sealed.size(); ++length)
    EXPECT_EQ(open({new_key}, sealed.substr(0, length)), std::nullopt) << length;
}

TEST(Sealed, OrdinaryTextIsNotSealed) {
  for (const auto* text : {"", "v1:", "v1:12345678:", "v1:12345678:AAAA", "password", "v2:12345678:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    EXPECT_FALSE(is_sealed(text)) << text;
  EXPECT_THROW(seal({}, "x"), std::invalid_argument);
}

TEST(Sealed, ReadsKeys) {
  const auto key = new_secret_key(), other = new_secret_key();
  EXPECT_EQ(key.size(), 64u);
  EXPECT_NE(key, other);
  const auto read = read_secret_keys("# the newest first\n" + key + "\n" + other + " # old\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 2u);
  EXPECT_EQ(read->front().size(), 32u);
  EXPECT_EQ(read_secret_keys(key + ',' + other), read);
  for (const auto& wrong : {std::string{}, std::string{"# nothing"}, key.substr(1), key + "0", key + " short", std::string(64, 'g')})
    EXPECT_FALSE(read_secret_keys(wrong)) << wrong;
}

TEST(Sealed, OpensEverythingInAText) {
  const secret_keys keys{new_key, old_key};
  const auto as_is = [](std::string_view clear) { return std::string{clear}; };
  const auto text = "a\t" + seal(keys, "one") + "\nv1: is no secret\t" + seal({old_key}, "two") + "\n";
  EXPECT_EQ(open_all(keys, text, as_is), "a\tone\nv1: is no secret\ttwo\n");
  EXPECT_EQ(open_all({new_key}, text, as_is), std::nullopt);
  EXPECT_EQ(open_all({}, "nothing sealed v1", as_is), "nothing sealed v1");
}

TEST(Sealed, DerivesPasswords) {
  EXPECT_EQ(derived_password({new_key}, "a"), derived_password({new_key, old_key}, "a"));
  EXPECT_NE(derived_password({new_key}, "a"), derived_password({new_key}, "b"));
  EXPECT_NE(derived_password({new_key}, "a"), derived_password({old_key}, "a"));
}

} // namespace
} // namespace evs::persistence
