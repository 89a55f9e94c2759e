#include "format/messages.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include "format/bytes.h"
#include "format/capture.capnp.h"
#include "format/record_columns.h"

namespace httpprof::format {
namespace {

constexpr std::size_t kMessageWord = sizeof(capnp::word);
// End -> stats -> list -> counter -> cause is the deepest path of the schema; the rest is room for
// fields that are added later.
constexpr int kNestingLimit = 8;
// The least that an element takes in a message: no list can make a reader allocate more than a
// small multiple of the message's size. Without this check one of bytes passes for one of structs.
constexpr std::size_t kMinRecordSize = 24;  // a list pointer and a wire_header
constexpr std::size_t kCounterSize = 24;
constexpr std::size_t kPointerSize = 8;
constexpr std::size_t kIndexEntrySize = 32;
constexpr std::size_t kRecipientSize = 16;
constexpr std::size_t kSourceSize = 24;

std::string_view view(capnp::Data::Reader data) {
    return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

std::string text(capnp::Data::Reader data) {
    return std::string(view(data));
}

capnp::Data::Reader as_data(std::string_view bytes) {
    return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

// ---- reading

Result<void> check_segments(std::span<const std::byte> raw) {
    if (raw.size() < kMessageWord || raw.size() % kMessageWord != 0)
        return Error{"its size is not that of a message"};
    if (load_little_endian<std::uint32_t>(raw.data()) != 0)
        return Error{"its message has more than one segment"};
    const std::size_t words = load_little_endian<std::uint32_t>(raw.data() + 4);
    if (words != raw.size() / kMessageWord - 1)
        return Error{"its message has another size than its segment table says"};
    return {};
}

// Throws, as Cap'n Proto does.
template <typename List>
void check_count(const List& list, std::size_t raw_size, std::size_t element_size) {
    KJ_REQUIRE(list.size() <= raw_size / element_size);
}

std::vector<Counter> read_counters(capnp::List<schema::Counter>::Reader list,
                                   std::size_t raw_size) {
    check_count(list, raw_size, kCounterSize);
    std::vector<Counter> counters;
    counters.reserve(list.size());
    for (const auto counter : list)
        counters.push_back({.cause = text(counter.getCause()),
                            .records = counter.getRecords(),
                            .bytes = counter.getBytes()});
    return counters;
}

Result<void> check_ids(const Header& header) {
    if (header.boot_id.size() != kIdSize || header.capture_id.size() != kIdSize)
        return Error{"its boot id or capture id is not 16 bytes"};
    if (!header.previous_segment.empty() && header.previous_segment.size() != sizeof(Digest))
        return Error{"its digest of the previous segment is not 32 bytes"};
    return {};
}

std::vector<std::string> read_texts(capnp::List<capnp::Data>::Reader list, std::size_t raw_size) {
    check_count(list, raw_size, kPointerSize);
    std::vector<std::string> texts;
    texts.reserve(list.size());
    for (const auto entry : list)
        texts.push_back(text(entry));
    return texts;
}

std::vector<Recipient> read_recipients(capnp::List<schema::Recipient>::Reader list,
                                       std::size_t raw_size) {
    check_count(list, raw_size, kRecipientSize);
    std::vector<Recipient> recipients;
    recipients.reserve(list.size());
    for (const auto recipient : list)
        recipients.push_back({.public_key = text(recipient.getPublicKey()),
                              .sealed_key = text(recipient.getSealedKey())});
    return recipients;
}

Result<Header> read_header(schema::Header::Reader message, std::size_t raw_size) {
    Header header{.host = text(message.getHost()),
                  .kernel = text(message.getKernel()),
                  .machine = text(message.getMachine()),
                  .boot_id = text(message.getBootId()),
                  .capture_id = text(message.getCaptureId()),
                  .segment = message.getSegment(),
                  .previous_segment = text(message.getPreviousSegment()),
                  .writer = text(message.getWriter()),
                  .wire_version = message.getWireVersion(),
                  .options = read_texts(message.getOptions(), raw_size),
                  .recipients = read_recipients(message.getRecipients(), raw_size),
                  .derivation = read_texts(message.getDerivation(), raw_size)};
    const auto checked = check_ids(header);
    if (!checked) return checked.error();
    return header;
}

void add_record(RecordBatch& batch, const WireRecord& wire) {
    auto record = decode_record(wire);
    if (record)
        batch.records.push_back(*std::move(record));
    else
        batch.records.emplace_back(
            MalformedRecord{.time_ns = record_time_ns(wire.fixed), .what = record.error().message});
    batch.bytes.push_back(wire);
}

Result<FrameContent> read_columns(const RecordColumnViews& columns) {
    auto joined = join_columns(columns);
    if (!joined) return joined.error();
    const std::vector<WireRecord> records = std::move(joined->records);
    RecordBatch batch;
    batch.joined_columns = std::make_shared<const JoinedRecords>(*std::move(joined));
    batch.records.reserve(records.size());
    batch.bytes.reserve(records.size());
    for (const WireRecord& record : records)
        add_record(batch, record);
    return FrameContent(std::move(batch));
}

Result<FrameContent> read_records(schema::Records::Reader message, std::size_t raw_size,
                                  std::uint32_t record_count) {
    const auto list = message.getRecords();
    const RecordColumnViews columns{.word_counts = view(message.getWordCounts()),
                                    .references = view(message.getReferences()),
                                    .words = view(message.getWords()),
                                    .payloads = view(message.getPayloads())};
    if (list.size() + columns.word_counts.size() != record_count)
        return Error{"it has another number of records than its header says"};
    if (list.size() == 0) return read_columns(columns);
    if (!columns.word_counts.empty()) return Error{"it has records in both forms"};
    check_count(list, raw_size, kMinRecordSize);
    RecordBatch batch;
    batch.records.reserve(list.size());
    batch.bytes.reserve(list.size());
    for (const capnp::Data::Reader record : list)
        add_record(batch, {view(record)});
    return FrameContent(std::move(batch));
}

Snapshot read_snapshot(schema::Snapshot::Reader message) {
    return {.time_ns = message.getTimeNs(),
            .pid = message.getPid(),
            .start_ns = message.getStartNs(),
            .executable = text(message.getExecutable()),
            .arguments = text(message.getArguments()),
            .environment = text(message.getEnvironment()),
            .has_arguments = message.getHasArguments(),
            .has_environment = message.getHasEnvironment(),
            .error = text(message.getError()),
            .exec_id = message.getExecId(),
            .cgroups = text(message.getCgroups()),
            .environment_kept = message.getEnvironmentKept()};
}

Stats read_stats(schema::Stats::Reader message, std::size_t raw_size) {
    return {.time_ns = message.getTimeNs(),
            .produced = message.getProduced(),
            .recorded = message.getRecorded(),
            .recorded_bytes = message.getRecordedBytes(),
            .lost = read_counters(message.getLost(), raw_size),
            .missing = read_counters(message.getMissing(), raw_size),
            .left_out = read_counters(message.getLeftOut(), raw_size)};
}

Clock read_clock(schema::Clock::Reader message) {
    return {.boottime_ns = message.getBoottimeNs(), .realtime_ns = message.getRealtimeNs()};
}

Totals read_totals(schema::Totals::Reader message) {
    return {.frames = message.getFrames(),
            .raw_bytes = message.getRawBytes(),
            .connections = message.getConnections(),
            .processes = message.getProcesses(),
            .first_time_ns = message.getFirstTimeNs(),
            .last_time_ns = message.getLastTimeNs()};
}

std::vector<Source> read_sources(capnp::List<schema::Source>::Reader list, std::size_t raw_size) {
    check_count(list, raw_size, kSourceSize);
    std::vector<Source> sources;
    sources.reserve(list.size());
    for (const auto source : list)
        sources.push_back({.capture_id = text(source.getCaptureId()),
                           .segment = source.getSegment(),
                           .last_digest = text(source.getLastDigest())});
    return sources;
}

End read_end(schema::End::Reader message, std::size_t raw_size) {
    End end{.reason = text(message.getReason()),
            .stats = read_stats(message.getStats(), raw_size),
            .index = {},
            .totals = {},
            .sources = read_sources(message.getSources(), raw_size),
            .changes = read_counters(message.getChanges(), raw_size)};
    if (message.hasTotals()) end.totals = read_totals(message.getTotals());
    const auto index = message.getIndex();
    check_count(index, raw_size, kIndexEntrySize);
    end.index.reserve(index.size());
    for (const auto entry : index)
        end.index.push_back({.offset = entry.getOffset(),
                             .type = entry.getType(),
                             .record_count = entry.getRecordCount(),
                             .first_time_ns = entry.getFirstTimeNs(),
                             .last_time_ns = entry.getLastTimeNs()});
    return end;
}

Signature read_signature(schema::Signature::Reader message) {
    return {.public_key = text(message.getPublicKey()), .signature = text(message.getSignature())};
}

template <typename Content = Header>
Result<FrameContent> content_of(Result<Header> header) {
    if (!header) return header.error();
    return FrameContent(Content{*std::move(header)});
}

Result<FrameContent> read_root(FrameType type, capnp::MessageReader& message, std::size_t raw_size,
                               std::uint32_t record_count) {
    switch (type) {
        case FrameType::header:
            return content_of(read_header(message.getRoot<schema::Header>(), raw_size));
        case FrameType::header_copy:
            return content_of<HeaderCopy>(read_header(message.getRoot<schema::Header>(), raw_size));
        case FrameType::records:
            return read_records(message.getRoot<schema::Records>(), raw_size, record_count);
        case FrameType::snapshot:
            return FrameContent(read_snapshot(message.getRoot<schema::Snapshot>()));
        case FrameType::stats:
            return FrameContent(read_stats(message.getRoot<schema::Stats>(), raw_size));
        case FrameType::clock:
            return FrameContent(read_clock(message.getRoot<schema::Clock>()));
        case FrameType::end:
            return FrameContent(read_end(message.getRoot<schema::End>(), raw_size));
        case FrameType::signature:
            return FrameContent(read_signature(message.getRoot<schema::Signature>()));
    }
    return Error{"its type is unknown"};
}

// ---- writing

void fill(capnp::List<capnp::Data>::Builder list, const std::vector<std::string>& texts) {
    for (unsigned i = 0; i < list.size(); ++i)
        list.set(i, as_data(texts[i]));
}

void fill(schema::Header::Builder message, const Header& header) {
    message.setHost(as_data(header.host));
    message.setKernel(as_data(header.kernel));
    message.setMachine(as_data(header.machine));
    message.setBootId(as_data(header.boot_id));
    message.setCaptureId(as_data(header.capture_id));
    message.setSegment(header.segment);
    message.setPreviousSegment(as_data(header.previous_segment));
    message.setWriter(as_data(header.writer));
    message.setWireVersion(header.wire_version);
    fill(message.initOptions(static_cast<unsigned>(header.options.size())), header.options);
    auto recipients = message.initRecipients(static_cast<unsigned>(header.recipients.size()));
    for (unsigned i = 0; i < recipients.size(); ++i) {
        recipients[i].setPublicKey(as_data(header.recipients[i].public_key));
        recipients[i].setSealedKey(as_data(header.recipients[i].sealed_key));
    }
    fill(message.initDerivation(static_cast<unsigned>(header.derivation.size())),
         header.derivation);
}

void fill(schema::Records::Builder message, const RecordBlock& block) {
    auto records = message.initRecords(static_cast<unsigned>(block.count()));
    std::string memory;
    for (unsigned i = 0; i < records.size(); ++i)
        records.set(i, as_data(block.record(i).joined(memory)));
}

void fill(schema::Snapshot::Builder message, const Snapshot& snapshot) {
    message.setTimeNs(snapshot.time_ns);
    message.setPid(snapshot.pid);
    message.setStartNs(snapshot.start_ns);
    message.setExecutable(as_data(snapshot.executable));
    message.setArguments(as_data(snapshot.arguments));
    message.setEnvironment(as_data(snapshot.environment));
    message.setHasArguments(snapshot.has_arguments);
    message.setHasEnvironment(snapshot.has_environment);
    message.setError(as_data(snapshot.error));
    message.setExecId(snapshot.exec_id);
    message.setCgroups(as_data(snapshot.cgroups));
    message.setEnvironmentKept(snapshot.environment_kept);
}

void fill(capnp::List<schema::Counter>::Builder list, const std::vector<Counter>& counters) {
    for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setCause(as_data(counters[i].cause));
        list[i].setRecords(counters[i].records);
        list[i].setBytes(counters[i].bytes);
    }
}

void fill(schema::Stats::Builder message, const Stats& stats) {
    message.setTimeNs(stats.time_ns);
    message.setProduced(stats.produced);
    message.setRecorded(stats.recorded);
    message.setRecordedBytes(stats.recorded_bytes);
    fill(message.initLost(static_cast<unsigned>(stats.lost.size())), stats.lost);
    fill(message.initMissing(static_cast<unsigned>(stats.missing.size())), stats.missing);
    fill(message.initLeftOut(static_cast<unsigned>(stats.left_out.size())), stats.left_out);
}

void fill(schema::Clock::Builder message, const Clock& clock) {
    message.setBoottimeNs(clock.boottime_ns);
    message.setRealtimeNs(clock.realtime_ns);
}

void fill(schema::Totals::Builder message, const Totals& totals) {
    message.setFrames(totals.frames);
    message.setRawBytes(totals.raw_bytes);
    message.setConnections(totals.connections);
    message.setProcesses(totals.processes);
    message.setFirstTimeNs(totals.first_time_ns);
    message.setLastTimeNs(totals.last_time_ns);
}

void fill(schema::End::Builder message, const End& end) {
    message.setReason(as_data(end.reason));
    fill(message.initStats(), end.stats);
    auto index = message.initIndex(static_cast<unsigned>(end.index.size()));
    for (unsigned i = 0; i < index.size(); ++i) {
        index[i].setOffset(end.index[i].offset);
        index[i].setType(end.index[i].type);
        index[i].setRecordCount(end.index[i].record_count);
        index[i].setFirstTimeNs(end.index[i].first_time_ns);
        index[i].setLastTimeNs(end.index[i].last_time_ns);
    }
    if (end.totals) fill(message.initTotals(), *end.totals);
    auto sources = message.initSources(static_cast<unsigned>(end.sources.size()));
    for (unsigned i = 0; i < sources.size(); ++i) {
        sources[i].setCaptureId(as_data(end.sources[i].capture_id));
        sources[i].setSegment(end.sources[i].segment);
        sources[i].setLastDigest(as_data(end.sources[i].last_digest));
    }
    fill(message.initChanges(static_cast<unsigned>(end.changes.size())), end.changes);
}

void fill(schema::Signature::Builder message, const Signature& signature) {
    message.setPublicKey(as_data(signature.public_key));
    message.setSignature(as_data(signature.signature));
}

}  // namespace

Result<FrameContent> decode_message(FrameType type, std::span<const std::byte> raw,
                                    std::uint32_t record_count) {
    const auto segments = check_segments(raw);
    if (!segments) return segments.error();
    const std::size_t words = raw.size() / kMessageWord;
    try {
        // Every field is read once, so a message that is what it should be is traversed once.
        const capnp::ReaderOptions options{.traversalLimitInWords = words,
                                           .nestingLimit = kNestingLimit};
        capnp::FlatArrayMessageReader message(
            kj::arrayPtr(reinterpret_cast<const capnp::word*>(raw.data()), words), options);
        return read_root(type, message, raw.size(), record_count);
    } catch (const kj::Exception&) {
        // Not the library's words, which differ from version to version.
        return Error{"its message is not valid"};
    }
}

namespace {

// That of a message with one segment, which stands behind it.
void write_segment_table(void* table, std::size_t words) {
    store_little_endian<std::uint32_t>(table, 0);
    store_little_endian(static_cast<std::byte*>(table) + 4, static_cast<std::uint32_t>(words));
}

// A message whose only segment is given memory, which nothing else has: zeros, but for bytes that
// already are what the message is to have there.
class GivenSegment final : public capnp::MessageBuilder {
  public:
    explicit GivenSegment(kj::ArrayPtr<capnp::word> memory) : memory_(memory) {}
    KJ_DISALLOW_COPY(GivenSegment);

    kj::ArrayPtr<capnp::word> allocateSegment(capnp::uint minimum) override {
        // NOLINTNEXTLINE(bugprone-suspicious-semicolon): within the macro
        KJ_REQUIRE(minimum <= memory_.size(), "the message is larger than its memory");
        return std::exchange(memory_, nullptr);
    }

  private:
    kj::ArrayPtr<capnp::word> memory_;
};

Error cannot_encode(const kj::Exception& exception) {
    return {std::string("cannot encode a frame: ") + exception.getDescription().cStr()};
}

std::span<char> chars(capnp::Data::Builder data) {
    return {reinterpret_cast<char*>(data.begin()), data.size()};
}

std::size_t round_to_words(std::size_t bytes) {
    return (bytes + kMessageWord - 1) / kMessageWord * kMessageWord;
}

// Builds the message around the payloads, which are where it has them already: first, since zstd -1
// makes less of it than with them at the end.
Result<std::span<const std::byte>> encode_columns(RecordBlock& block) {
    const std::size_t count = block.count();
    const std::size_t fixed_size = block.fixed_parts().size();
    const std::size_t payloads = block.payloads_size();
    const std::size_t columns = round_to_words(count) + round_to_words(2 * count) + fixed_size;
    std::string& memory = block.message_memory(round_to_words(payloads) - payloads + columns);
    kj::ArrayPtr<capnp::word> words(reinterpret_cast<capnp::word*>(memory.data()),
                                    memory.size() / kMessageWord);
    try {
        GivenSegment builder(words.slice(1, words.size()));
        auto message = builder.initRoot<schema::Records>();
        auto placed = message.initPayloads(static_cast<unsigned>(payloads));
        const char* const expected = memory.data() + RecordBlock::kRoomBefore;
        // NOLINTNEXTLINE(bugprone-suspicious-semicolon): within the macro
        KJ_REQUIRE(reinterpret_cast<char*>(placed.begin()) == expected);
        message.setWordCounts(as_data(block.word_counts()));
        const auto references = chars(message.initReferences(static_cast<unsigned>(2 * count)));
        write_columns(block, references,
                      chars(message.initWords(static_cast<unsigned>(fixed_size))));
        KJ_REQUIRE(builder.getSegmentsForOutput()[0].size() == words.size() - 1);
    } catch (const kj::Exception& exception) {
        return cannot_encode(exception);
    }
    write_segment_table(memory.data(), words.size() - 1);
    return std::as_bytes(std::span(memory));
}

}  // namespace

// One segment, with room for its segment table right in front of it.
class MessageEncoder::Memory {
  public:
    // `words` is a guess of the segment's size: a message that turns out larger is built again.
    template <typename Schema, typename Content>
    Result<std::span<const std::byte>> build(const Content& content, std::size_t words) {
        try {
            while (true) {
                start(words);
                fill(builder_->initRoot<Schema>(), content);
                const auto segments = builder_->getSegmentsForOutput();
                if (segments.size() == 1) return finish(segments[0].size());
                words = 0;
                for (const auto segment : segments)
                    words += segment.size();
            }
        } catch (const kj::Exception& exception) {
            return cannot_encode(exception);
        }
    }

  private:
    void start(std::size_t words) {
        // The builder clears what it used of the memory when it goes.
        builder_.reset();
        if (words_.size() < words + 1) words_.resize(words + 1);
        builder_.emplace(kj::arrayPtr(reinterpret_cast<capnp::word*>(words_.data()), words_.size())
                             .slice(1, words_.size()));
    }

    std::span<const std::byte> finish(std::size_t words) {
        write_segment_table(words_.data(), words);
        return std::as_bytes(std::span(words_)).first((words + 1) * kMessageWord);
    }

    std::vector<std::uint64_t> words_;  // the first is the segment table
    std::optional<capnp::MallocMessageBuilder> builder_;
};

namespace {

// Enough for the small messages.
constexpr std::size_t kUsualWords = 1024;

}  // namespace

MessageEncoder::MessageEncoder() : memory_(std::make_unique<Memory>()) {}

MessageEncoder::~MessageEncoder() = default;

Result<std::span<const std::byte>> MessageEncoder::encode(const Header& header) {
    return memory_->build<schema::Header>(header, kUsualWords);
}

Result<std::span<const std::byte>> MessageEncoder::encode(RecordBlock& block) {
    if (!block.word_counts().empty()) return encode_columns(block);
    // Root pointer, struct, and for each record a pointer and up to 7 bytes of padding.
    return memory_->build<schema::Records>(block,
                                           8 + block.size() / kMessageWord + 2 * block.count());
}

Result<std::span<const std::byte>> MessageEncoder::encode(const Snapshot& snapshot) {
    return memory_->build<schema::Snapshot>(snapshot, kUsualWords);
}

Result<std::span<const std::byte>> MessageEncoder::encode(const Stats& stats) {
    return memory_->build<schema::Stats>(stats, kUsualWords);
}

Result<std::span<const std::byte>> MessageEncoder::encode(const Clock& clock) {
    return memory_->build<schema::Clock>(clock, kUsualWords);
}

Result<std::span<const std::byte>> MessageEncoder::encode(const End& end) {
    return memory_->build<schema::End>(end, kUsualWords);
}

Result<std::span<const std::byte>> MessageEncoder::encode(const Signature& signature) {
    return memory_->build<schema::Signature>(signature, kUsualWords);
}

}  // namespace httpprof::format
