#include "format/encryption.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/reader.h"
#include "tests/format/cut_capture.h"
#include "tests/format/describe.h"
#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"

namespace httpprof::format {
namespace {

using test::as_span;
using test::cut;
using test::CutCapture;
using test::flipped;
using ::testing::SizeIs;

const std::string kText = "the payload of a frame";
const std::string kFrameHeader(kFrameHeaderSize, 'h');

std::string encrypted(const FileKey& key, std::uint64_t number) {
    std::string payload = kText + std::string(kEncryptionOverhead, '\0');
    encrypt_payload(key, number, as_span(kFrameHeader), std::as_writable_bytes(std::span(payload)),
                    kText.size());
    return payload;
}

// Nothing when it does not decrypt.
std::optional<std::string> decrypted(const FileKey& key, std::uint64_t number,
                                     const std::string& header, const std::string& payload) {
    std::string text(payload.size() - kEncryptionOverhead, '\0');
    if (!decrypt_payload(key, number, as_span(header), as_span(payload),
                         std::as_writable_bytes(std::span(text))))
        return std::nullopt;
    return text;
}

bool are_equal(const FileKey& one, const FileKey& other) {
    return std::memcmp(one.data(), other.data(), FileKey::size()) == 0;
}

TEST(EncryptedPayload, DecryptsToWhatItWas) {
    const FileKey key = generate_file_key();
    const std::string payload = encrypted(key, 7);
    EXPECT_EQ(payload.size(), kText.size() + kEncryptionOverhead);
    EXPECT_EQ(payload.find(kText.substr(0, 8)), std::string::npos);
    EXPECT_EQ(decrypted(key, 7, kFrameHeader, payload), kText);
}

TEST(EncryptedPayload, DecryptsWithNothingElse) {
    const FileKey key = generate_file_key();
    const std::string payload = encrypted(key, 7);
    EXPECT_EQ(decrypted(generate_file_key(), 7, kFrameHeader, payload), std::nullopt);
    EXPECT_EQ(decrypted(key, 8, kFrameHeader, payload), std::nullopt);
    EXPECT_EQ(decrypted(key, 7 + (std::uint64_t{1} << 63), kFrameHeader, payload), std::nullopt);
    for (std::size_t i = 0; i < kFrameHeader.size(); ++i)
        EXPECT_EQ(decrypted(key, 7, flipped(kFrameHeader, i), payload), std::nullopt);
    for (std::size_t i = 0; i < payload.size(); ++i)
        EXPECT_EQ(decrypted(key, 7, kFrameHeader, flipped(payload, i)), std::nullopt);
}

TEST(SealedKey, OpensForItsRecipients) {
    const FileKey key = generate_file_key();
    const SecretKey ann = SecretKey::generate();
    const SecretKey bob = SecretKey::generate();
    const std::vector<Recipient> recipients = {seal(key, ann.public_key()),
                                               seal(key, bob.public_key())};
    EXPECT_EQ(recipients[0].public_key.size(), 32U);
    EXPECT_EQ(recipients[0].sealed_key.size(), 80U);
    for (const SecretKey& owner : {ann, bob}) {
        const auto opened = unseal(recipients, owner);
        ASSERT_TRUE(opened.has_value());
        EXPECT_TRUE(are_equal(*opened, key));
    }
    EXPECT_FALSE(unseal(recipients, SecretKey::generate()).has_value());
    EXPECT_FALSE(unseal({}, ann).has_value());
}

TEST(SealedKey, ThatWasChangedDoesNotOpen) {
    const SecretKey owner = SecretKey::generate();
    const Recipient good = seal(generate_file_key(), owner.public_key());
    Recipient changed = good;
    changed.sealed_key = flipped(changed.sealed_key, 50);
    EXPECT_FALSE(unseal({changed}, owner).has_value());
    for (const std::size_t size : {0U, 48U, 79U, 81U}) {
        changed.sealed_key = good.sealed_key;
        changed.sealed_key.resize(size);
        EXPECT_FALSE(unseal({changed}, owner).has_value()) << size;
    }
    // It does not keep a good one of the same recipient from being found.
    EXPECT_TRUE(unseal({changed, good}, owner).has_value());
}

// Both with threads and without.
class EncryptedCapture : public ::testing::TestWithParam<unsigned> {
  protected:
    test::Reading read(const std::string& bytes) const {
        return test::read_all(bytes, {.jobs = GetParam(), .key = key_});
    }

    // Those of the sample, and a copy of the Header behind the Clock.
    static constexpr std::size_t kFrames = 8;
    static constexpr std::ptrdiff_t kSecondCopy = 3;

    static std::string error_of(const test::Reading& reading) {
        return reading.error ? reading.error->message : "";
    }

    const std::shared_ptr<const SecretKey> key_ =
        std::make_shared<const SecretKey>(SecretKey::generate());
    const std::string bytes_ = test::sample_capture({.encrypt_to = {key_->public_key()}});
};

INSTANTIATE_TEST_SUITE_P(Jobs, EncryptedCapture, ::testing::Values(1U, 4U));

// What does not depend on where frames lie in the file.
std::string essence(FrameContent content) {
    const auto forget = [](Header& header) { header.recipients.clear(); };
    if (auto* header = std::get_if<Header>(&content)) forget(*header);
    if (auto* copy = std::get_if<HeaderCopy>(&content)) forget(copy->header);
    if (auto* end = std::get_if<End>(&content)) {
        end->totals->frames = end->totals->raw_bytes = 0;
        end->index.clear();
    }
    return test::describe(content);
}

TEST_P(EncryptedCapture, GivesWithTheKeyWhatWasWritten) {
    auto reading = read(bytes_);
    const auto plain = test::read_all(test::sample_capture());
    EXPECT_FALSE(reading.error.has_value());
    ASSERT_EQ(reading.frames.size(), kFrames);
    EXPECT_TRUE(std::holds_alternative<HeaderCopy>(reading.frames[kSecondCopy].content));
    reading.frames.erase(reading.frames.begin() + kSecondCopy);
    ASSERT_EQ(reading.frames.size(), plain.frames.size());
    for (std::size_t i = 0; i < plain.frames.size(); ++i)
        EXPECT_EQ(essence(reading.frames[i].content), essence(plain.frames[i].content));
    EXPECT_THAT(std::get<Header>(reading.frames[0].content).recipients, SizeIs(1));
}

TEST_P(EncryptedCapture, IsReadByEveryRecipient) {
    const auto other = std::make_shared<const SecretKey>(SecretKey::generate());
    const std::string bytes =
        test::sample_capture({.encrypt_to = {other->public_key(), key_->public_key()}});
    for (const auto& key : {key_, other}) {
        const auto reading = test::read_all(bytes, {.jobs = GetParam(), .key = key});
        EXPECT_FALSE(reading.error.has_value());
        EXPECT_THAT(reading.frames, SizeIs(kFrames));
    }
}

TEST_P(EncryptedCapture, AsksForTheKey) {
    const auto reading = test::read_all(bytes_, {.jobs = GetParam()});
    EXPECT_THAT(reading.frames, SizeIs(2)) << "Header and copy";
    EXPECT_EQ(error_of(reading),
              "test capture is encrypted; name the key that it is encrypted for with --key");
}

TEST_P(EncryptedCapture, IsPassedOverWithoutTheKeyWhereThatIsWanted) {
    const auto reading = test::read_all(bytes_, {.jobs = GetParam(), .pass_encrypted = true});
    EXPECT_FALSE(reading.error.has_value());
    ASSERT_THAT(reading.frames, SizeIs(kFrames));
    constexpr std::array<std::uint8_t, kFrames> kTypes = {1, 8, 5, 8, 2, 3, 4, 6};
    for (std::size_t i = 0; i < kFrames; ++i) {
        EXPECT_EQ(reading.frames[i].header.type, kTypes[i]);
        EXPECT_EQ(std::holds_alternative<EncryptedFrame>(reading.frames[i].content),
                  is_encrypted_type(kTypes[i]));
    }
    EXPECT_EQ(reading.frames[4].header.record_count, 6U);
}

TEST_P(EncryptedCapture, RefusesAnotherKey) {
    const auto other = std::make_shared<const SecretKey>(SecretKey::generate());
    const auto reading = test::read_all(bytes_, {.jobs = GetParam(), .key = other});
    EXPECT_THAT(reading.frames, SizeIs(0));
    EXPECT_EQ(error_of(reading), "test capture is not encrypted for the key of --key");
}

TEST_P(EncryptedCapture, IsNotNeededForAKeyToBeNamed) {
    const auto reading = read(test::sample_capture());
    EXPECT_FALSE(reading.error.has_value());
    EXPECT_THAT(reading.frames, SizeIs(7));
}

TEST_P(EncryptedCapture, FindsTheKeyInTheCopyOfTheHeader) {
    const CutCapture parts = cut(bytes_);
    for (const std::size_t at : {20U, 120U}) {
        const auto reading = read(flipped(bytes_, parts.offset(0) + at));
        EXPECT_FALSE(reading.error.has_value());
        ASSERT_THAT(reading.frames, SizeIs(kFrames));
        EXPECT_TRUE(std::holds_alternative<Damage>(reading.frames[0].content));
        EXPECT_TRUE(std::holds_alternative<Header>(reading.frames[1].content));
        EXPECT_TRUE(std::holds_alternative<End>(reading.frames.back().content));
    }
}

// The Clock in front of that one is encrypted as well.
TEST_P(EncryptedCapture, FindsTheKeyInALaterCopy) {
    const CutCapture parts = cut(bytes_);
    const std::string bytes =
        flipped(flipped(bytes_, parts.offset(0) + 100), parts.offset(1) + 100);
    const auto reading = read(bytes);
    EXPECT_FALSE(reading.error.has_value());
    ASSERT_THAT(reading.frames, SizeIs(kFrames));
    EXPECT_TRUE(std::holds_alternative<Clock>(reading.frames[2].content));
    EXPECT_TRUE(std::holds_alternative<Header>(reading.frames[kSecondCopy].content));
    EXPECT_TRUE(std::holds_alternative<End>(reading.frames.back().content));
}

TEST_P(EncryptedCapture, IsReadWhereTheHeaderIsLast) {
    CutCapture parts = cut(bytes_);
    std::ranges::reverse(parts.frames);
    const auto reading = read(parts.joined());
    EXPECT_FALSE(reading.error.has_value());
    EXPECT_EQ(std::ranges::count_if(reading.frames,
                                    [](const Frame& frame) {
                                        return std::holds_alternative<RecordBatch>(frame.content);
                                    }),
              1);
}

TEST_P(EncryptedCapture, SaysWhenTheKeyInItIsDamaged) {
    const CutCapture parts = cut(bytes_);
    std::string bytes = bytes_;
    for (const std::size_t copy : {std::size_t{0}, std::size_t{1}, std::size_t{kSecondCopy}})
        bytes = flipped(bytes, parts.offset(copy) + 100);
    EXPECT_EQ(error_of(read(bytes)),
              "test capture cannot be decrypted: the Header, which holds the key, and its copy are "
              "damaged");
}

// By who has not got the key, but can make digests.
TEST_P(EncryptedCapture, FindsAFrameThatWasChanged) {
    CutCapture parts = cut(bytes_);
    parts.frames[4] = test::with_digest(flipped(parts.frames[4], 100));
    parts.frames[5] = test::with_digest(
        test::with_header(parts.frames[5], [](FrameHeader& header) { ++header.last_time_ns; }));
    const auto reading = read(parts.joined());
    ASSERT_THAT(reading.frames, SizeIs(kFrames));
    for (const std::size_t frame : {4U, 5U}) {
        const auto* damage = std::get_if<Damage>(&reading.frames[frame].content);
        ASSERT_NE(damage, nullptr);
        EXPECT_EQ(damage->what,
                  "frame " + std::to_string(frame) + " is damaged: it does not decrypt");
    }
}

// By the same, who has put one of his own in its place.
TEST_P(EncryptedCapture, HasNoPlainFrames) {
    CutCapture parts = cut(bytes_);
    FrameHeader place;
    test::with_header(parts.frames[4], [&](FrameHeader& header) { place = header; });
    parts.frames[4] = test::with_digest(
        test::with_header(cut(test::sample_capture({})).frames[3], [&](FrameHeader& header) {
            header.tag = place.tag;
            header.number = place.number;
            header.previous = place.previous;
        }));
    const auto reading = read(parts.joined());
    ASSERT_THAT(reading.frames, SizeIs(kFrames + 1));
    const auto* damage = std::get_if<Damage>(&reading.frames[4].content);
    ASSERT_NE(damage, nullptr);
    EXPECT_EQ(damage->what, "frame 4 is damaged: it is not encrypted, in a capture that is");
    EXPECT_EQ(damage->size, parts.frames[4].size());
    EXPECT_EQ(std::get<Damage>(reading.frames[5].content).what,
              "frame 5 does not follow frame 4: it names another digest");
}

TEST_P(EncryptedCapture, WithAPayloadTooShortIsDamaged) {
    CutCapture parts = cut(bytes_);
    parts.frames[4] = test::with_digest(
        test::with_header(parts.frames[4].substr(0, kFrameHeaderSize + 15 + kDigestSize),
                          [](FrameHeader& header) { header.stored_size = 15; }));
    const auto reading = read(parts.joined());
    ASSERT_THAT(reading.frames, SizeIs(kFrames));
    EXPECT_EQ(std::get<Damage>(reading.frames[4].content).what,
              "frame 4 is damaged: it is too short to be encrypted");
}

}  // namespace
}  // namespace httpprof::format
