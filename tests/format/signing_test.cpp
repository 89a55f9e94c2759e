#include "format/signing.h"

#include <gtest/gtest.h>

#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"

namespace httpprof::format {
namespace {

Digest some_digest() {
    Digest digest;
    digest.fill(0x11);
    return digest;
}

std::string hex(const std::string& bytes) {
    return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

// As OpenSSL makes it over the message of the spec.
TEST(Signature, IsThatOfTheSpec) {
    const auto key = SecretKey::parse(
        "httpprof-secret-1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const Signature signature = sign(key.value(), some_digest());
    EXPECT_EQ(hex(signature.public_key),
              "9e22a8916a5b215d48776bcdf7dc19dd0cb0776a3c8a314e563ca46d96636028");
    EXPECT_EQ(hex(signature.signature),
              "b76724d6fad961fb4f42e025a669f76882871ba3d51a6d16a51f4a0f356abbdd"
              "58736b912de5e4f6ffb06ec85714b2ef4a6243040a6a29e0fb4bb4eb5f9a4606");
    EXPECT_TRUE(is_valid(signature, some_digest()));
}

TEST(Signature, HoldsForItsEndOnly) {
    const Signature signature = sign(SecretKey::generate(), some_digest());
    for (std::size_t i = 0; i < kDigestSize; ++i) {
        Digest other = some_digest();
        other[i] ^= 1;
        EXPECT_FALSE(is_valid(signature, other));
    }
}

TEST(Signature, HoldsForItsKeyOnly) {
    Signature signature = sign(SecretKey::generate(), some_digest());
    signature.public_key = sign(SecretKey::generate(), some_digest()).public_key;
    EXPECT_FALSE(is_valid(signature, some_digest()));
}

TEST(Signature, ThatWasChangedDoesNotHold) {
    const Signature good = sign(SecretKey::generate(), some_digest());
    for (std::size_t i = 0; i < good.signature.size(); ++i) {
        Signature changed = good;
        changed.signature[i] = static_cast<char>(changed.signature[i] ^ 1);
        EXPECT_FALSE(is_valid(changed, some_digest())) << i;
    }
}

TEST(Signature, OfAnotherSizeDoesNotHold) {
    const Signature good = sign(SecretKey::generate(), some_digest());
    for (std::string Signature::*const field : {&Signature::public_key, &Signature::signature}) {
        Signature changed = good;
        changed.*field += '\0';
        EXPECT_FALSE(is_valid(changed, some_digest()));
        (changed.*field).resize(31);
        EXPECT_FALSE(is_valid(changed, some_digest()));
        (changed.*field).clear();
        EXPECT_FALSE(is_valid(changed, some_digest()));
    }
}

TEST(Signature, StandsBehindTheEndOfASignedCapture) {
    const SecretKey key = SecretKey::generate();
    for (const bool encrypted : {false, true}) {
        WriteOptions options{.sign_key = key};
        if (encrypted) options.encrypt_to = {key.public_key()};
        const auto reading =
            test::read_all(test::sample_capture(options), {.pass_encrypted = true});
        ASSERT_GE(reading.frames.size(), 8U);
        const Frame& end = *(reading.frames.end() - 2);
        EXPECT_EQ(end.header.type, static_cast<std::uint8_t>(FrameType::end));
        const auto& signature = std::get<Signature>(reading.frames.back().content);
        EXPECT_TRUE(is_valid(signature, end.digest));
        const auto& owner = key.public_key().signing;
        EXPECT_EQ(signature.public_key, std::string(owner.begin(), owner.end()));
    }
}

TEST(Signature, IsNotInACaptureThatWasNotToBeSigned) {
    for (const Frame& frame : test::read_all(test::sample_capture()).frames)
        EXPECT_FALSE(std::holds_alternative<Signature>(frame.content));
}

}  // namespace
}  // namespace httpprof::format
