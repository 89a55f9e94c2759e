// Each kind of problem that `verify` finds, in a capture that is right in every other way.
#include "format/verify.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/census.h"
#include "format/encryption.h"
#include "format/messages.h"
#include "format/signing.h"
#include "tests/format/cut_capture.h"
#include "tests/format/forge.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/valid_capture.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

template <typename Content>
std::string encoded(const Content& content) {
    MessageEncoder encoder;
    const auto bytes = encoder.encode(content).value();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Piece {
    FrameType type;
    std::string message;
    std::uint32_t record_count = 0;
    std::uint64_t first_time_ns = 0;
    std::uint64_t last_time_ns = 0;
};

// An intact capture whose parts a test changes before it is put together. Frames: 0 Header,
// 1 HeaderCopy, 2 Clock, 3 Records, 4 Snapshot, 5 Stats, 6 End, 7 Signature.
struct Draft {
    Draft() {
        const std::vector<std::string> records = {test::data_record({.time_ns = 1007}),
                                                  test::process_record({.time_ns = 1003})};
        const Stats stats = counted(records, 3000);
        pieces = {{FrameType::header, encoded(test::sample_header())},
                  {FrameType::header_copy, encoded(test::sample_header())},
                  {FrameType::clock, encoded(Clock{900, 5}), 0, 900, 900},
                  {FrameType::records, test::records_message(records), 2, 1003, 1007},
                  {FrameType::snapshot, encoded(Snapshot{.time_ns = 2000}), 0, 2000, 2000},
                  {FrameType::stats, encoded(stats), 0, 3000, 3000}};
        end.reason = "test";
        end.stats = counted(records, 4000);
        Census census;
        for (const std::string& record : records)
            census.add(decode_record(record).value(), record.size());
        end.totals = census.totals();
    }

    static Stats counted(const std::vector<std::string>& records, std::uint64_t time_ns) {
        Stats stats{.time_ns = time_ns,
                    .produced = records.size() + 4,
                    .recorded = records.size(),
                    .recorded_bytes = 0,
                    .lost = {{"ring-full", 3, 30}, {"too-late", 1, 10}},
                    .missing = {},
                    .left_out = {}};
        for (const std::string& record : records)
            stats.recorded_bytes += record.size();
        return stats;
    }

    void set_stats(const Stats& stats) { pieces.at(5).message = encoded(stats); }

    std::string bytes() {
        test::Forge forge({.minor_version = minor_version, .tag = 77});
        for (const Piece& piece : pieces)
            add(forge, piece);
        end.totals->frames = end.index.size();
        change_end(end);
        add(forge, {FrameType::end, encoded(end), 0, end_time_ns, end_time_ns});
        if (signer) {
            Digest digest;
            std::copy(forge.bytes().end() - kDigestSize, forge.bytes().end(), digest.begin());
            Signature signature = sign(*signer, digest);
            change_signature(signature);
            add(forge, {FrameType::signature, encoded(signature)});
        }
        for (const Piece& piece : behind)
            add(forge, piece);
        return forge.bytes();
    }

    void add(test::Forge& forge, const Piece& piece) {
        end.totals->raw_bytes += piece.message.size();
        end.index.push_back({.offset = forge.bytes().size(),
                             .type = static_cast<std::uint8_t>(piece.type),
                             .record_count = piece.record_count,
                             .first_time_ns = piece.first_time_ns,
                             .last_time_ns = piece.last_time_ns});
        forge.add(piece.type, piece.message, piece.record_count,
                  [&](FrameHeader& header, std::string&) {
                      header.first_time_ns = piece.first_time_ns;
                      header.last_time_ns = piece.last_time_ns;
                  });
    }

    std::uint8_t minor_version = 1;
    std::vector<Piece> pieces;
    std::vector<Piece> behind;  // the End and the Signature
    End end;
    std::uint64_t end_time_ns = 4000;
    std::function<void(End&)> change_end = [](End&) {};
    std::optional<SecretKey> signer;
    std::function<void(Signature&)> change_signature = [](Signature&) {};
};

class VerifyTest : public ::testing::Test {
  protected:
    std::string file(const std::string& name, const std::string& bytes) const {
        const std::string path = folder_.path() / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    Verdict verdict(const std::string& bytes, const VerifyOptions& options = {}) const {
        return verify_capture(file("x.httpprof", bytes), options);
    }

    static std::vector<std::string> texts(const Verdict& verdict) {
        std::vector<std::string> texts;
        for (const Problem& problem : verdict.problems)
            texts.push_back(std::to_string(problem.frame) + ": " + problem.what);
        if (verdict.error) texts.push_back("error: " + verdict.error->message);
        return texts;
    }

    // "FRAME: WHAT" for each problem.
    std::vector<std::string> problems(const std::string& bytes,
                                      const VerifyOptions& options = {}) const {
        return texts(verdict(bytes, options));
    }

    std::vector<Verdict> verify_all(const std::vector<std::string>& captures) const {
        std::vector<Verdict> verdicts;
        for (std::size_t i = 0; i < captures.size(); ++i)
            verdicts.push_back(verify_capture(file(std::to_string(i), captures[i]), {}));
        verify_segments(verdicts);
        return verdicts;
    }

    test::TemporaryDirectory folder_;
};

VerifyOptions with_key(const SecretKey& key) {
    VerifyOptions options;
    options.read.key = std::make_shared<const SecretKey>(key);
    return options;
}

VerifyOptions signed_by(const SecretKey& key) {
    VerifyOptions options;
    options.signer = key.public_key();
    return options;
}

VerifyOptions on_threads(unsigned jobs) {
    VerifyOptions options;
    options.read.jobs = jobs;
    return options;
}

// ---- what is intact

TEST_F(VerifyTest, AnIntactCaptureHasNoProblems) {
    const std::string bytes = test::valid_capture();
    const Verdict intact = verdict(bytes);
    EXPECT_THAT(texts(intact), IsEmpty());
    EXPECT_THAT(intact.notes, IsEmpty());
    EXPECT_EQ(intact.problem_count, 0u);
    EXPECT_EQ(intact.minor_version, 1u);
    EXPECT_EQ(intact.frames, 8u);
    EXPECT_EQ(intact.records, 5u);
    EXPECT_EQ(
        to_hex(*intact.last_digest),
        to_hex({reinterpret_cast<const std::uint8_t*>(&*bytes.end() - kDigestSize), kDigestSize}));
    EXPECT_EQ(intact.signature, SignatureState::none);
}

TEST_F(VerifyTest, TheDraftOfTheseTestsIsIntact) {
    Draft draft;
    EXPECT_THAT(problems(draft.bytes()), IsEmpty());
}

TEST_F(VerifyTest, CapturesOfVersion1_0AreIntact) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("testdata/captures/v1.0")) {
        if (entry.path().extension() != ".httpprof") continue;
        const Verdict old = verify_capture(entry.path(), {});
        EXPECT_THAT(texts(old), IsEmpty()) << entry.path();
        EXPECT_EQ(old.minor_version, 0u);
        ++count;
    }
    EXPECT_EQ(count, 13u);
}

TEST_F(VerifyTest, ThreadsDoNotChangeTheVerdict) {
    Draft draft;
    draft.pieces[3].first_time_ns = 5;
    const std::string bytes = draft.bytes();
    EXPECT_EQ(problems(bytes, on_threads(3)), problems(bytes));
}

// ---- what the reader finds

TEST_F(VerifyTest, ADamagedFrameIsNamedAndExcusesWhatFollowsFromIt) {
    test::CutCapture capture = test::cut(test::valid_capture());
    const std::size_t offset = capture.offset(3);
    capture.frames[3] = test::flipped(capture.frames[3], kFrameHeaderSize);
    const Verdict damaged = verdict(capture.joined());
    EXPECT_THAT(texts(damaged), ElementsAre("3: frame 3 is damaged: its digest does not match"));
    EXPECT_EQ(damaged.problems[0].offset, offset);
}

TEST_F(VerifyTest, ARemovedFrameIsOneProblem) {
    test::CutCapture capture = test::cut(test::valid_capture());
    capture.frames.erase(capture.frames.begin() + 4);
    EXPECT_THAT(problems(capture.joined()), ElementsAre("4: frame 4 is missing"));
}

TEST_F(VerifyTest, AnEndThatIsNotThere) {
    EXPECT_THAT(problems(test::valid_capture({.with_end = false})),
                ElementsAre(AllOf(StartsWith("7: "), HasSubstr("not closed cleanly"))));
}

TEST_F(VerifyTest, WhatIsNoCaptureIsAnError) {
    EXPECT_TRUE(verdict("no capture").error);
    EXPECT_TRUE(verify_capture(folder_.path() / "none", {}).error);
}

TEST_F(VerifyTest, NoMoreThanAHundredProblemsAreKept) {
    test::Forge forge({.minor_version = 1, .tag = 77});
    forge.add_header().add(FrameType::header_copy, encoded(test::sample_header()));
    for (std::uint64_t i = 0; i < 200; ++i)
        forge.add_clock(900);  // with header times of 0
    const Verdict many = verdict(forge.bytes());
    EXPECT_EQ(many.problem_count, 201u);
    EXPECT_THAT(many.problems, SizeIs(100));
}

// ---- structure

TEST_F(VerifyTest, AFirstFrameThatIsNoHeader) {
    Draft draft;
    draft.pieces[0] = draft.pieces[4];
    EXPECT_THAT(problems(draft.bytes()), ElementsAre("0: the first frame is not a Header"));
}

TEST_F(VerifyTest, AHeaderWithoutACopy) {
    Draft draft;
    draft.pieces.erase(draft.pieces.begin() + 1);
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("1: there is no copy of the Header behind it"));
    Draft old;
    old.minor_version = 0;
    old.pieces.erase(old.pieces.begin() + 1);
    EXPECT_THAT(problems(old.bytes()), IsEmpty());
}

TEST_F(VerifyTest, ACopyThatDiffersFromTheHeader) {
    Draft draft;
    Header other = test::sample_header();
    other.options.push_back("--no-env");
    draft.pieces[1].message = encoded(other);
    EXPECT_THAT(problems(draft.bytes()), ElementsAre("1: the copy of the Header differs from it"));
}

TEST_F(VerifyTest, ACopyElsewhere) {
    Draft draft;
    draft.pieces.push_back(draft.pieces[1]);
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("6: a copy of the Header that is not directly behind it"));
}

TEST_F(VerifyTest, NoClockBehindTheHeader) {
    Draft draft;
    std::swap(draft.pieces[2], draft.pieces[4]);
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("2: there is no Clock directly behind the Header"));
}

TEST_F(VerifyTest, ARecordCountThatIsNotThatOfTheRecords) {
    Draft draft;
    draft.pieces[3].record_count = 3;
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre(StartsWith("3: frame 3 is damaged: it has another number of records")));
}

TEST_F(VerifyTest, ARecordCountWithoutRecords) {
    Draft draft;
    draft.pieces[5].record_count = 1;
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("5: a record count in a frame without records"));
}

TEST_F(VerifyTest, TimesThatAreNotThoseOfTheContent) {
    for (const std::size_t i : {0u, 1u, 2u, 3u, 4u, 5u}) {
        Draft first;
        ++first.pieces[i].first_time_ns;
        Draft last;
        ++last.pieces[i].last_time_ns;
        const std::string expected = std::to_string(i) + ": its times are not those of its content";
        EXPECT_THAT(problems(first.bytes()), ElementsAre(expected));
        EXPECT_THAT(problems(last.bytes()), ElementsAre(expected));
    }
}

TEST_F(VerifyTest, AnEndWithTheTimeOfAnother) {
    Draft draft;
    draft.end_time_ns = 4001;
    EXPECT_THAT(problems(draft.bytes()), ElementsAre("6: its times are not those of its content"));
}

TEST_F(VerifyTest, MalformedRecordsAreCountedForEachFrame) {
    std::string malformed = test::data_record({.time_ns = 5});
    malformed[128] = 9;  // direction
    const std::vector<std::string> records = {test::close_record({.time_ns = 4}), malformed,
                                              malformed};
    Draft draft;
    draft.pieces[3] = {FrameType::records, test::records_message(records), 3, 4, 5};
    draft.set_stats(Draft::counted(records, 3000));
    draft.end.stats = Draft::counted(records, 4000);
    Census census;
    for (const std::string& record : records) {
        const auto decoded = decode_record(record);
        census.add(decoded ? *decoded : Record(MalformedRecord{5, {}}), record.size());
    }
    draft.end.totals = census.totals();
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre(StartsWith("3: 2 malformed records, the first of them record 1: ")));
}

// ---- counters

TEST_F(VerifyTest, StatsThatAreNotThoseOfTheRecords) {
    Stats stats = Draft().end.stats;
    stats.time_ns = 3000;
    Draft fewer;
    stats.recorded = 1;
    fewer.set_stats(stats);
    EXPECT_THAT(problems(fewer.bytes()), ElementsAre("5: recorded is 1 where it would be 2"));
    Draft smaller;
    stats.recorded = 2;
    stats.recorded_bytes = 10;
    smaller.set_stats(stats);
    EXPECT_THAT(problems(smaller.bytes()),
                ElementsAre(StartsWith("5: recordedBytes is 10 where it would be ")));
}

TEST_F(VerifyTest, CountersThatDecrease) {
    const auto problems_with = [&](const std::function<void(Stats&)>& change) {
        Draft draft;
        Stats stats = draft.end.stats;
        stats.time_ns = 3000;
        change(stats);
        draft.set_stats(stats);
        return problems(draft.bytes());
    };
    EXPECT_THAT(problems_with([](Stats& stats) { stats.lost[1].bytes = 11; }),
                ElementsAre("6: a counter is less than before: lost: too-late"));
    EXPECT_THAT(problems_with([](Stats& stats) {
                    stats.missing = {{"snaplen", 1, 1}};
                }),
                ElementsAre("6: a counter is less than before: missing: snaplen"));
    EXPECT_THAT(problems_with([](Stats& stats) {
                    stats.left_out = {{"not-http", 1, 0}};
                }),
                ElementsAre("6: a counter is less than before: leftOut: not-http"));
    EXPECT_THAT(problems_with([](Stats& stats) {
                    stats.left_out = {{"not-http", 0, 0}};
                }),
                IsEmpty());
}

TEST_F(VerifyTest, WhatWasUnderWayWhenTheSegmentEndedIsInTheNext) {
    Stats stats = Draft().end.stats;
    stats.time_ns = 3000;
    stats.produced += 2;
    Draft rotated;
    rotated.set_stats(stats);
    EXPECT_THAT(problems(rotated.bytes()), IsEmpty());
    Draft decreasing;
    decreasing.set_stats(stats);
    --stats.produced;
    decreasing.pieces.push_back({FrameType::stats, encoded(stats), 0, 3000, 3000});
    EXPECT_THAT(problems(decreasing.bytes()),
                ElementsAre("6: a counter is less than before: produced"));
}

TEST_F(VerifyTest, LossesThatDoNotAddUp) {
    Draft draft;
    draft.end.stats.produced = 9;
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("6: produced is 9 where it would be 6, recorded and lost"));
}

TEST_F(VerifyTest, TotalsThatAreNotThoseOfTheRecords) {
    const auto problems_with = [&](const std::function<void(Totals&)>& change) {
        Draft draft;
        draft.change_end = [&](End& end) { change(*end.totals); };
        return problems(draft.bytes());
    };
    EXPECT_THAT(problems_with([](Totals& totals) { totals.frames = 9; }),
                ElementsAre("6: frames of the totals is 9 where it would be 6"));
    EXPECT_THAT(problems_with([](Totals& totals) { totals.raw_bytes = 1; }),
                ElementsAre(StartsWith("6: rawBytes of the totals is 1 where it would be ")));
    EXPECT_THAT(problems_with([](Totals& totals) { totals.connections = 2; }),
                ElementsAre("6: connections of the totals is 2 where it would be 1"));
    EXPECT_THAT(problems_with([](Totals& totals) { totals.processes = 0; }),
                ElementsAre("6: processes of the totals is 0 where it would be 1"));
    EXPECT_THAT(problems_with([](Totals& totals) { totals.first_time_ns = 1; }),
                ElementsAre("6: firstTimeNs of the totals is 1 where it would be 1003"));
    EXPECT_THAT(problems_with([](Totals& totals) { totals.last_time_ns = 1; }),
                ElementsAre("6: lastTimeNs of the totals is 1 where it would be 1007"));
}

TEST_F(VerifyTest, TotalsThatAreNotThere) {
    Draft draft;
    draft.change_end = [](End& end) { end.totals.reset(); };
    EXPECT_THAT(problems(draft.bytes()), ElementsAre("6: there are no totals"));
}

// ---- index

TEST_F(VerifyTest, AnIndexThatIsNotThatOfTheFrames) {
    const auto problems_with = [&](const std::function<void(IndexEntry&)>& change) {
        Draft draft;
        draft.change_end = [&](End& end) { change(end.index.at(3)); };
        return problems(draft.bytes());
    };
    EXPECT_THAT(problems_with([](IndexEntry& entry) { ++entry.offset; }),
                ElementsAre("3: the index has another offset for it"));
    EXPECT_THAT(problems_with([](IndexEntry& entry) { entry.type = 4; }),
                ElementsAre("3: the index has another type for it"));
    EXPECT_THAT(problems_with([](IndexEntry& entry) { ++entry.record_count; }),
                ElementsAre("3: the index has another record count for it"));
    EXPECT_THAT(problems_with([](IndexEntry& entry) { --entry.first_time_ns; }),
                ElementsAre("3: the index has another time for it"));
    EXPECT_THAT(problems_with([](IndexEntry& entry) { ++entry.last_time_ns; }),
                ElementsAre("3: the index has another time for it"));
}

TEST_F(VerifyTest, AnIndexOfAnotherLength) {
    Draft shorter;
    shorter.change_end = [](End& end) { end.index.pop_back(); };
    EXPECT_THAT(problems(shorter.bytes()), ElementsAre("6: the index has 5 entries, for 6 frames"));
    Draft longer;
    longer.change_end = [](End& end) { end.index.push_back(end.index.back()); };
    EXPECT_THAT(problems(longer.bytes()), ElementsAre("6: the index has 7 entries, for 6 frames"));
    Draft none;
    none.change_end = [](End& end) { end.index.clear(); };
    EXPECT_THAT(problems(none.bytes()), ElementsAre("6: the index has 0 entries, for 6 frames"));
}

TEST_F(VerifyTest, AnEmptyIndexInVersion1_0) {
    Draft old;
    old.minor_version = 0;
    old.pieces.erase(old.pieces.begin() + 1);
    old.change_end = [](End& end) { end.index.clear(); };
    EXPECT_THAT(problems(old.bytes()), IsEmpty());
}

// ---- signature

TEST_F(VerifyTest, ASignatureByAKeyThatNobodyAskedFor) {
    const SecretKey key = SecretKey::generate();
    const Verdict signed_verdict = verdict(test::valid_capture({.write = {.sign_key = key}}));
    EXPECT_THAT(texts(signed_verdict), IsEmpty());
    EXPECT_EQ(signed_verdict.signature, SignatureState::unknown_key);
    EXPECT_EQ(signed_verdict.signer,
              std::string(key.public_key().signing.begin(), key.public_key().signing.end()));
}

TEST_F(VerifyTest, ASignatureByTheKeyThatWasAskedFor) {
    const SecretKey key = SecretKey::generate();
    const Verdict known =
        verdict(test::valid_capture({.write = {.sign_key = key}}), signed_by(key));
    EXPECT_THAT(texts(known), IsEmpty());
    EXPECT_EQ(known.signature, SignatureState::known_key);
}

TEST_F(VerifyTest, ASignatureByAnotherKey) {
    const std::string bytes = test::valid_capture({.write = {.sign_key = SecretKey::generate()}});
    const Verdict other = verdict(bytes, signed_by(SecretKey::generate()));
    EXPECT_THAT(texts(other), ElementsAre("8: it is signed with another key"));
    EXPECT_EQ(other.signature, SignatureState::wrong);
}

TEST_F(VerifyTest, NoSignatureWhereOneIsAskedFor) {
    EXPECT_THAT(problems(test::valid_capture(), signed_by(SecretKey::generate())),
                ElementsAre("7: the capture is not signed"));
}

TEST_F(VerifyTest, ASignatureThatIsNotValid) {
    Draft draft;
    draft.signer = SecretKey::generate();
    EXPECT_THAT(problems(draft.bytes()), IsEmpty());
    draft = Draft();
    draft.signer = SecretKey::generate();
    draft.change_signature = [](Signature& signature) { signature.signature[3] ^= 1; };
    const Verdict wrong = verdict(draft.bytes());
    EXPECT_THAT(texts(wrong), ElementsAre("7: the signature is not valid"));
    EXPECT_EQ(wrong.signature, SignatureState::wrong);
}

TEST_F(VerifyTest, ASignatureOfAnotherSize) {
    Draft draft;
    draft.signer = SecretKey::generate();
    draft.change_signature = [](Signature& signature) { signature.public_key.clear(); };
    EXPECT_THAT(problems(draft.bytes()), ElementsAre("7: the signature is not valid"));
}

TEST_F(VerifyTest, ASignatureThatIsNotBehindTheEnd) {
    Draft draft;
    draft.pieces.push_back({FrameType::signature, encoded(sign(SecretKey::generate(), Digest{}))});
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("6: a signature that is not directly behind an intact End"));
}

TEST_F(VerifyTest, ASecondSignature) {
    Draft draft;
    draft.pieces.push_back({FrameType::signature, encoded(sign(SecretKey::generate(), Digest{}))});
    draft.signer = SecretKey::generate();
    EXPECT_THAT(problems(draft.bytes()),
                ElementsAre("6: a signature that is not directly behind an intact End",
                            "8: a second signature"));
}

TEST_F(VerifyTest, WhatStandsBehindTheSignatureIsNotSigned) {
    const SecretKey key = SecretKey::generate();
    Draft draft;
    draft.signer = key;
    draft.behind = {{static_cast<FrameType>(99), encoded(Clock{})}};
    EXPECT_THAT(problems(draft.bytes(), signed_by(key)),
                ElementsAre("8: it stands behind the signature, which does not cover it"));
}

TEST_F(VerifyTest, FramesOfUnknownTypeAreNoted) {
    Draft draft;
    draft.behind = {{static_cast<FrameType>(99), encoded(Clock{})}};
    const Verdict noted = verdict(draft.bytes());
    EXPECT_THAT(texts(noted), IsEmpty());
    EXPECT_THAT(noted.notes, ElementsAre("frames of a type that this version does not know: 1"));
}

// ---- encryption

TEST_F(VerifyTest, WithoutAKeyTheStructureIsVerified) {
    const SecretKey key = SecretKey::generate();
    const std::string bytes =
        test::valid_capture({.write = {.encrypt_to = {key.public_key()}, .sign_key = key}});
    const Verdict hidden = verdict(bytes);
    EXPECT_THAT(texts(hidden), IsEmpty());
    EXPECT_TRUE(hidden.contents_hidden);
    EXPECT_EQ(hidden.records, 5u);
    EXPECT_EQ(hidden.signature, SignatureState::unknown_key);
    const Verdict opened = verdict(bytes, with_key(key));
    EXPECT_THAT(texts(opened), IsEmpty());
    EXPECT_FALSE(opened.contents_hidden);
}

TEST_F(VerifyTest, DamageToAnEncryptedFrameIsFoundWithoutAKey) {
    const SecretKey key = SecretKey::generate();
    test::CutCapture capture =
        test::cut(test::valid_capture({.write = {.encrypt_to = {key.public_key()}}}));
    capture.frames[4] = test::flipped(capture.frames[4], kFrameHeaderSize + 2);
    EXPECT_THAT(problems(capture.joined()),
                ElementsAre("4: frame 4 is damaged: its digest does not match"));
}

TEST_F(VerifyTest, APlainFrameInAnEncryptedCapture) {
    const SecretKey key = SecretKey::generate();
    Header header = test::sample_header();
    header.recipients = {seal(generate_file_key(), key.public_key())};
    Draft draft;
    draft.pieces.resize(3);
    draft.pieces[0].message = encoded(header);
    draft.pieces[1].message = encoded(header);
    EXPECT_THAT(
        problems(draft.bytes()),
        ::testing::Contains("2: frame 2 is damaged: it is not encrypted, in a capture that is"));
}

// ---- segments

std::string segment(std::uint32_t number, const std::string& before) {
    Header header = test::sample_header();
    header.segment = number;
    if (!before.empty()) header.previous_segment = before.substr(before.size() - kDigestSize);
    return test::valid_capture({.header = header});
}

TEST_F(VerifyTest, SegmentsThatContinueEachOther) {
    const std::string first = segment(0, "");
    const std::string second = segment(1, first);
    const std::string third = segment(2, second);
    for (const Verdict& one : verify_all({third, first, second})) {
        EXPECT_THAT(texts(one), IsEmpty());
        EXPECT_THAT(one.notes, IsEmpty());
    }
}

TEST_F(VerifyTest, SegmentsFromTheMiddleAreNoted) {
    const std::string second = segment(1, segment(0, ""));
    const auto verdicts = verify_all({segment(2, second), second});
    EXPECT_THAT(texts(verdicts[0]), IsEmpty());
    EXPECT_THAT(texts(verdicts[1]), IsEmpty());
    EXPECT_THAT(verdicts[0].notes, IsEmpty());
    EXPECT_THAT(verdicts[1].notes, ElementsAre("it is segment 1; the one before was not given"));
}

TEST_F(VerifyTest, ASegmentThatIsMissing) {
    const std::string first = segment(0, "");
    const std::string third = segment(2, segment(1, first));
    EXPECT_THAT(texts(verify_all({first, third})[1]), ElementsAre("0: segment 1 is missing"));
    const std::string fifth = segment(4, third);
    EXPECT_THAT(texts(verify_all({first, fifth})[1]),
                ElementsAre("0: segments 1 to 3 are missing"));
}

TEST_F(VerifyTest, ASegmentOfAnotherTelling) {
    const std::string first = segment(0, "");
    const std::string second = segment(1, first);
    const std::string another = segment(0, "");  // its tag differs
    EXPECT_THAT(texts(verify_all({another, second})[1]),
                ElementsAre(StartsWith("0: it does not follow segment 0, ")));
}

TEST_F(VerifyTest, ASegmentThatIsGivenTwice) {
    const std::string first = segment(0, "");
    EXPECT_THAT(texts(verify_all({first, first})[1]),
                ElementsAre(StartsWith("0: segment 0 is given twice")));
}

TEST_F(VerifyTest, WhatWasMadeOfASegmentMayStandBesideIt) {
    Header header = test::sample_header();
    header.derivation = {"httpprof", "slice"};
    const std::string slice = test::valid_capture({.header = header});
    const auto verdicts = verify_all({segment(0, ""), slice, slice});
    for (const Verdict& one : verdicts)
        EXPECT_THAT(texts(one), IsEmpty());
    EXPECT_THAT(verdicts[2].notes, ElementsAre(StartsWith("segment 0 is given twice")));
}

TEST_F(VerifyTest, ASegmentThatIsThereOnlyAsWhatWasMadeOfIt) {
    const std::string first = segment(0, "");
    const std::string second = segment(1, first);
    const std::string third = segment(2, second);
    Header header = test::sample_header();
    header.segment = 1;
    header.previous_segment = first.substr(first.size() - kDigestSize);
    header.derivation = {"httpprof", "recover"};
    const std::string recovered = test::valid_capture({.header = header});
    const auto verdicts = verify_all({first, recovered, third, segment(4, third)});
    for (const std::size_t i : {0U, 1U, 2U})
        EXPECT_THAT(texts(verdicts[i]), IsEmpty()) << i;
    EXPECT_THAT(verdicts[1].notes, IsEmpty());
    EXPECT_THAT(verdicts[2].notes, ElementsAre("the digest of the segment before it is not known"));
    EXPECT_THAT(texts(verdicts[3]), ElementsAre("0: segment 3 is missing"));
}

TEST_F(VerifyTest, DifferentCapturesAreVerifiedEachByItself) {
    Header other = test::sample_header();
    other.capture_id[0] = 7;
    for (const Verdict& one : verify_all({segment(0, ""), test::valid_capture({.header = other})}))
        EXPECT_THAT(texts(one), IsEmpty());
}

TEST_F(VerifyTest, SegmentsNameTheOneBefore) {
    EXPECT_THAT(problems(segment(3, "")), ElementsAre("0: it does not name the segment before it"));
    EXPECT_THAT(problems(segment(0, segment(0, ""))),
                ElementsAre("0: the first segment names one before it"));
}

}  // namespace
}  // namespace httpprof::format
