#include "format/keys.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "format/digest.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::format {
namespace {

// The seed 00 01 02 ... 1F, and what BLAKE2b, Ed25519 and X25519 of Python and OpenSSL make of it.
const std::string kSecretText =
    "httpprof-secret-1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string kSigningKey = "9e22a8916a5b215d48776bcdf7dc19dd0cb0776a3c8a314e563ca46d96636028";
const std::string kEncryptionKey =
    "9f6cb5f1f9bea72259a9c37145906e15c8347fcc88826e823885a80f642dec22";
const std::string kPublicText = "httpprof-public-1:" + kSigningKey + kEncryptionKey;

template <typename T>
std::string error_of(const Result<T>& result) {
    return result.ok() ? "" : result.error().message;
}

TEST(Keys, AreDerivedAsTheSpecSays) {
    const auto key = SecretKey::parse(kSecretText);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(to_hex(key->public_key().signing), kSigningKey);
    EXPECT_EQ(to_hex(key->public_key().encryption), kEncryptionKey);
}

TEST(Keys, AreTextAndBack) {
    const auto secret = SecretKey::parse(kSecretText + "\n");
    ASSERT_TRUE(secret.ok());
    EXPECT_EQ(secret->text(), kSecretText);
    EXPECT_EQ(to_text(secret->public_key()), kPublicText);
    const auto public_key = parse_public_key(kPublicText + "\r\n");
    ASSERT_TRUE(public_key.ok());
    EXPECT_EQ(*public_key, secret->public_key());
}

TEST(Keys, AreNewEachTime) {
    const SecretKey one = SecretKey::generate();
    const SecretKey other = SecretKey::generate();
    EXPECT_NE(one.text(), other.text());
    EXPECT_NE(one.public_key(), other.public_key());
    const auto again = SecretKey::parse(one.text());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->public_key(), one.public_key());
}

TEST(Keys, ThatAreNotWholeAreRefused) {
    const std::string hex(64, 'a');
    for (const std::string& text : std::vector<std::string>{
             "", kPublicText, "httpprof-secret-2:" + hex, "httpprof-secret-1:",
             kSecretText.substr(0, kSecretText.size() - 1), kSecretText + "0", kSecretText + "00",
             kSecretText + "\n" + kSecretText, "httpprof-secret-1:" + std::string(64, 'g'),
             " " + kSecretText, "httpprof-secret-1:" + std::string(32, '\0') + hex.substr(32)}) {
        EXPECT_EQ(error_of(SecretKey::parse(text)),
                  "it does not hold a secret key of httpprof keygen")
            << text;
    }
    for (const std::string& text : {std::string(), kSecretText, kPublicText + "0",
                                    kPublicText.substr(0, kPublicText.size() - 2)}) {
        EXPECT_EQ(error_of(parse_public_key(text)),
                  "it does not hold a public key of httpprof keygen")
            << text;
    }
}

class KeyFiles : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(path(name)) << text;
        return path(name);
    }

    std::string content(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(path(name)).rdbuf();
        return text.str();
    }

    mode_t mode(const std::string& name) const {
        struct stat status {};
        EXPECT_EQ(::stat(path(name).c_str(), &status), 0);
        return status.st_mode & 0777U;
    }

    test::TemporaryDirectory directory_;
    const SecretKey key_ = SecretKey::parse(kSecretText).value();
};

TEST_F(KeyFiles, AreWrittenAndRead) {
    ASSERT_TRUE(write_key_pair(key_, path("ann")).ok());
    EXPECT_EQ(content("ann.key"), kSecretText + "\n");
    EXPECT_EQ(content("ann.pub"), kPublicText + "\n");
    const auto secret = read_secret_key(path("ann.key"));
    ASSERT_TRUE(secret.ok());
    EXPECT_EQ(secret->text(), kSecretText);
    const auto public_key = read_public_key(path("ann.pub"));
    ASSERT_TRUE(public_key.ok());
    EXPECT_EQ(*public_key, key_.public_key());
}

TEST_F(KeyFiles, OfSecretsAreForTheirOwnerOnly) {
    const mode_t saved = ::umask(0);
    ASSERT_TRUE(write_key_pair(key_, path("ann")).ok());
    ::umask(saved);
    EXPECT_EQ(mode("ann.key"), 0600U);
    EXPECT_EQ(mode("ann.pub"), 0644U);
}

TEST_F(KeyFiles, AreNeverOverwritten) {
    for (const std::string existing : {"ann.key", "ann.pub"}) {
        file(existing, "mine");
        EXPECT_EQ(error_of(write_key_pair(key_, path("ann"))),
                  "cannot create " + path(existing) + ": File exists");
        EXPECT_EQ(content(existing), "mine");
        std::filesystem::remove(path(existing));
        EXPECT_TRUE(std::filesystem::is_empty(directory_.path())) << "nothing half done";
    }
    std::filesystem::create_symlink(path("elsewhere"), path("ann.pub"));
    EXPECT_FALSE(write_key_pair(key_, path("ann")).ok());
    EXPECT_FALSE(std::filesystem::exists(path("elsewhere")));
}

TEST_F(KeyFiles, ThatCannotBeWrittenSayWhy) {
    EXPECT_EQ(error_of(write_key_pair(key_, path("none/ann"))),
              "cannot create " + path("none/ann.key") + ": No such file or directory");
}

TEST_F(KeyFiles, ThatHoldNoKeyAreNamed) {
    EXPECT_EQ(error_of(read_secret_key(path("none"))),
              "cannot open " + path("none") + ": No such file or directory");
    EXPECT_EQ(error_of(read_public_key(path("none"))),
              "cannot open " + path("none") + ": No such file or directory");
    EXPECT_EQ(error_of(read_secret_key(directory_.path().string())),
              "cannot read " + directory_.path().string() + ": Is a directory");
    EXPECT_EQ(error_of(read_secret_key(file("pub", kPublicText))),
              "cannot use " + path("pub") + ": it does not hold a secret key of httpprof keygen");
    EXPECT_EQ(error_of(read_public_key(file("key", kSecretText))),
              "cannot use " + path("key") + ": it does not hold a public key of httpprof keygen");
    EXPECT_FALSE(read_secret_key(file("large", kSecretText + std::string(1'000'000, 'x'))).ok());
}

TEST_F(KeyFiles, OfPublicKeysCanBeTheTextItself) {
    const auto key = read_public_key(kPublicText);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(*key, key_.public_key());
    EXPECT_EQ(error_of(read_public_key(kPublicText + "0")),
              "cannot use the public key of the command line: it is not whole");
}

}  // namespace
}  // namespace httpprof::format
