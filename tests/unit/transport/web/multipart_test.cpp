#include "transport/web/multipart.hpp"

#include <gtest/gtest.h>

namespace evs::web {
namespace {

const std::string type = "multipart/form-data; boundary=b";

std::string part(const std::string& disposition, const std::string& content, const std::string& more = {}) {
  return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n" + more + "\r\n" + content + "\r\n";
}
std::string file_name(const std::string& written) {
  auto form = read_form(type, part("name=\"f\"; filename=\"" + written + "\"", "x") + "--b--");
  return form && form->size() == 1 ? form->front().file_name.value_or("none") : "broken";
}

TEST(Multipart, FindsFieldsAndFiles) {
  const auto body = part("name=\"name\"", "Accueil é") +
                    part("name=\"audioFile\"; filename=\"a b.wav\"", "RIFF\r\n--a\r\r\n", "Content-Type: audio/wav\r\n") + "--b--\r\n";
  auto form = read_form(type, body);
  ASSERT_TRUE(form) << form.error().text();
  ASSERT_EQ(form->size(), 2u);
  EXPECT_EQ(find_part(*form, "name")->value, "Accueil é");
  const auto& file = *find_part(*form, "audioFile");
  EXPECT_EQ(file.file_name, "a b.wav");
  EXPECT_EQ(file.content_type, "audio/wav");
  EXPECT_EQ(file.value, "");
  EXPECT_EQ(body.substr(file.offset, file.size), "RIFF\r\n--a\r\r\n");
  EXPECT_EQ(find_part(*form, "other"), nullptr);
}

TEST(Multipart, IsTheSameHoweverTheBytesArrive) {
  const auto body = "preamble\r\n" + part("name=x", "1\r\n-") + part("name=y; filename=z", std::string(100, '\r')) + "--b--\r\nepilogue";
  auto whole = read_form(type, body);
  ASSERT_TRUE(whole);
  for (std::size_t piece = 1; piece < 20; ++piece) {
    multipart_reader reader{"b"};
    for (std::size_t at = 0; at < body.size(); at += piece) ASSERT_TRUE(reader.feed(std::string_view{body}.substr(at, piece)));
    auto cut = reader.finish();
    ASSERT_TRUE(cut);
    ASSERT_EQ(cut->size(), 2u);
    EXPECT_EQ((*cut)[0].value, "1\r\n-");
    EXPECT_EQ((*cut)[1].offset, (*whole)[1].offset);
    EXPECT_EQ((*cut)[1].size, 100u);
  }
}

TEST(Multipart, EmptyFilesAndFieldsAreThere) {
  auto form = read_form(type, part("name=\"f\"; filename=\"\"", "") + part("name=\"v\"", "") + "--b--");
  ASSERT_TRUE(form);
  EXPECT_EQ((*form)[0].file_name, "");
  EXPECT_EQ((*form)[0].size, 0u);
  EXPECT_EQ((*form)[1].file_name, std::nullopt);
}

TEST(Multipart, AFileNameIsNeverAPath) {
  EXPECT_EQ(file_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(file_name("..\\\\..\\\\boot.ini"), "boot.ini");
  EXPECT_EQ(file_name("C:\\fakepath\\a.wav"), "a.wav");
  EXPECT_EQ(file_name("/"), "");
  EXPECT_EQ(file_name("a%22b\\\"c.wav"), "a\"b\"c.wav");
  EXPECT_EQ(file_name("été\xff.wav"), "été.wav") << "no UTF-8";
  EXPECT_EQ(file_name("a\xe2\x80\xaegnp.wav"), "agnp.wav") << "right-to-left override";
  EXPECT_EQ(file_name(std::string(5000, 'x')).size(), 255u);
  EXPECT_EQ(file_name("a\x01.wav"), "broken") << "a control character in a header";
}

TEST(Multipart, KnowsItsBoundary) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=----WebKitFormBoundaryX"), "----WebKitFormBoundaryX");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
  for (std::string bad : {"multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b", "application/json",
                          "multipart/form-data; boundary=\"a\r\nb\"", "multipart/form-data; boundary=\"a ", "multipart/form-data; boundary=é"})
    EXPECT_EQ(multipart_boundary(bad), std::nullopt) << bad;
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'b')), std::nullopt);
}

TEST(Multipart, RefusesWhatIsBroken) {
  for (std::string bad : {std::string{}, std::string{"--b"}, std::string{"--b--x"}.substr(0, 4), part("name=x", "1"), "--bx\r\n" + part("name=x", "1") + "--b--",
                          std::string{"--b\r\n\r\n1\r\n--b--"}, std::string{"--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--"},
                          std::string{"--b\r\nContent-Disposition: attachment; name=x\r\n\r\n1\r\n--b--"},
                          std::string{"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--"},
                          std::string{"--b\r\nContent-Disposition: form-data; name=\"x\r\n\r\n1\r\n--b--"},
                          std::string{"--b\r\nnonsense\r\n\r\n1\r\n--b--"},
                          part("name=x", "1", "Content-Transfer-Encoding: base64\r\n") + "--b--",
                          part("name=x", "1", "Content-Disposition: form-data; name=y\r\n") + "--b--"}) {
    auto form = read_form(type, bad);
    ASSERT_FALSE(form) << bad;
    EXPECT_EQ(form.error().code, errc::invalid_input);
    EXPECT_FALSE(form.error().detail.empty());
  }
  EXPECT_FALSE(read_form("application/json", "{}"));
}

TEST(Multipart, KeepsItsLimits) {
  std::string many;
  for (int i = 0; i < 5; ++i) many += part("name=x", "1");
  EXPECT_EQ(read_form(type, many + "--b--", {4, 100, 100}).error().code, errc::too_large);
  EXPECT_EQ(read_form(type, part("name=x", std::string(101, 'x')) + "--b--", {4, 100, 100}).error().code, errc::too_large);
  EXPECT_TRUE(read_form(type, part("name=x; filename=y", std::string(100'000, 'x')) + "--b--", {4, 100, 100}));
  EXPECT_EQ(read_form(type, part("name=" + std::string(200, 'x'), "1") + "--b--", {4, 100, 100}).error().code, errc::too_large);
}

} // namespace
} // namespace evs::web
