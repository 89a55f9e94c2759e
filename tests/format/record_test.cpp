#include "format/record.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using ::testing::HasSubstr;

// The result points into `bytes`.
template <typename T>
T decode(const std::string& bytes) {
    const auto record = decode_record(bytes);
    EXPECT_TRUE(record.ok()) << (record.ok() ? "" : record.error().message);
    return record.ok() ? std::get<T>(*record) : T();
}
template <typename T>
T decode(std::string&& bytes) = delete;

std::string refusal(const std::string& bytes) {
    const auto record = decode_record(bytes);
    return record.ok() ? "" : record.error().message;
}

template <typename T>
std::string with(std::string bytes, std::size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
    return bytes;
}

// The same record as a later version might write it: `extra` bytes more before the payload.
std::string grown(const std::string& bytes, std::size_t fixed_size, const std::string& extra) {
    std::string longer = bytes.substr(0, fixed_size) + extra + bytes.substr(fixed_size);
    longer = with(longer, offsetof(wire_header, size), static_cast<std::uint32_t>(longer.size()));
    return with(longer, offsetof(wire_header, header_size),
                static_cast<std::uint16_t>(fixed_size + extra.size()));
}

TEST(DecodeRecord, DataHasEveryField) {
    const std::string bytes =
        test::data_record({.time_ns = 11,
                           .task = {.pid = 12, .tid = 13, .start_ns = 14, .comm = "nginx"},
                           .socket = {.inode = 15,
                                      .first_seen_ns = 16,
                                      .netns = 17,
                                      .local_port = 80,
                                      .remote_port = 40000,
                                      .local_address = test::ipv4(10, 0, 0, 1),
                                      .remote_address = test::ipv4(10, 0, 0, 2)},
                           .direction = WIRE_RECV,
                           .position = 0x1'0000'0005,
                           .other_position = 0x2'0000'0006,
                           .payload = "GET /",
                           .original_size = 9,
                           .missing = WIRE_MISSING_SNAPLEN,
                           .syscall = WIRE_READ});
    const auto record = decode<DataRecord>(bytes);
    EXPECT_EQ(record.time_ns, 11U);
    EXPECT_EQ(record.task.pid, 12U);
    EXPECT_EQ(record.task.tid, 13U);
    EXPECT_EQ(record.task.start_ns, 14U);
    EXPECT_EQ(record.task.comm, "nginx");
    EXPECT_EQ(record.socket.id, (SocketId{15, 16, 17}));
    EXPECT_EQ(record.socket.local, (Endpoint{test::ipv4(10, 0, 0, 1), 80}));
    EXPECT_EQ(record.socket.remote, (Endpoint{test::ipv4(10, 0, 0, 2), 40000}));
    EXPECT_EQ(record.direction, Direction::recv);
    EXPECT_EQ(record.position, 0x1'0000'0005U);
    EXPECT_EQ(record.other_position, 0x2'0000'0006U);
    EXPECT_EQ(record.original_size, 9U);
    EXPECT_EQ(record.missing, MissingCause::snaplen);
    EXPECT_EQ(record.source, WIRE_SOURCE_SYSCALL);
    EXPECT_EQ(record.syscall, static_cast<std::uint32_t>(WIRE_READ));
    EXPECT_EQ(record.payload, "GET /");
    EXPECT_EQ(record.payload.data(), bytes.data() + sizeof(wire_data)) << "a view, not a copy";
}

TEST(DecodeRecord, DataMayHaveNoPayload) {
    const std::string bytes =
        test::data_record({.payload = "", .original_size = 4096, .missing = WIRE_MISSING_SENDFILE});
    const auto record = decode<DataRecord>(bytes);
    EXPECT_EQ(record.missing, MissingCause::sendfile);
    EXPECT_EQ(record.original_size, 4096U);
    EXPECT_TRUE(record.payload.empty());
}

TEST(DecodeRecord, TheCauseMeansNothingWhereNothingIsMissing) {
    const std::string bytes = test::data_record({.missing = WIRE_MISSING_UNREADABLE});
    const auto record = decode<DataRecord>(bytes);
    EXPECT_EQ(record.missing, MissingCause::none);
}

TEST(DecodeRecord, CommEndsAtItsLimitWithoutNul) {
    const std::string bytes = with(test::data_record(), sizeof(wire_header) + 16,
                                   std::array<char, 16>{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i',
                                                        'j', 'k', 'l', 'm', 'n', 'o', 'p'});
    EXPECT_EQ(decode<DataRecord>(bytes).task.comm, "abcdefghijklmnop");
}

TEST(DecodeRecord, ProcessHasEveryField) {
    const std::string arguments("nginx\0-g\0", 9);
    const std::string environment("A=1\0B=", 6);
    const std::string bytes =
        test::process_record({.time_ns = 21,
                              .task = {.pid = 22, .tid = 23, .start_ns = 24, .comm = "x"},
                              .arguments = arguments,
                              .environment = environment,
                              .environment_size = 1000});
    const auto record = decode<ProcessRecord>(bytes);
    EXPECT_EQ(record.time_ns, 21U);
    EXPECT_EQ(record.task.pid, 22U);
    EXPECT_EQ(record.task.start_ns, 24U);
    EXPECT_EQ(record.arguments, arguments);
    EXPECT_EQ(record.arguments_size, 9U);
    EXPECT_EQ(record.environment, environment);
    EXPECT_EQ(record.environment_size, 1000U);
    EXPECT_EQ(record.exec_id, 3U);
    EXPECT_EQ(record.uid, 1000U);
    EXPECT_EQ(record.namespace_pid, 100U);
    EXPECT_EQ(record.pid_namespace, 4026531836U);
    EXPECT_EQ(record.mount_namespace, 4026531841U);
    EXPECT_EQ(record.user_namespace, 4026531837U);
    EXPECT_EQ(record.network_namespace, 4026531833U);
    EXPECT_EQ(cgroup_path(record.cgroup_names), "/system.slice/shop.service");
    EXPECT_EQ(record.environment_kept, EnvironmentKept::whole);
    EXPECT_EQ(record.address_space_tag, 0xbeef);
}

// Captures of before these fields were there must stay readable.
TEST(DecodeRecord, ProcessWithoutLaterFields) {
    std::string bytes = test::process_record({.cgroup = ""});
    constexpr std::size_t kFirst = offsetof(wire_process, exec_id);
    bytes.erase(kFirst, sizeof(wire_process) - kFirst);
    bytes = with(bytes, offsetof(wire_header, size), static_cast<std::uint32_t>(bytes.size()));
    bytes = with(bytes, offsetof(wire_header, header_size), static_cast<std::uint16_t>(kFirst));
    const auto record = decode<ProcessRecord>(bytes);
    EXPECT_EQ(record.environment.size(), 18U);
    EXPECT_EQ(record.exec_id, 0U);
    EXPECT_EQ(record.pid_namespace, 0U);
    EXPECT_EQ(record.cgroup_names, "");
}

TEST(DecodeRecord, IoUringHasEveryField) {
    const std::string bytes = test::io_uring_record({.time_ns = 51});
    const auto record = decode<IoUringRecord>(bytes);
    EXPECT_EQ(record.time_ns, 51U);
    EXPECT_EQ(record.task.pid, 100U);
}

TEST(CgroupPath, StartsAtTheRoot) {
    using namespace std::string_view_literals;
    EXPECT_EQ(cgroup_path(""), "");
    EXPECT_EQ(cgroup_path("\0"sv), "/");
    EXPECT_EQ(cgroup_path("b\0a\0\0"sv), "/a/b");
    EXPECT_EQ(cgroup_path("c\0b\0"sv), ".../b/c") << "the root is missing";
}

TEST(DecodeRecord, FinHasEveryField) {
    const std::string bytes =
        test::fin_record({.time_ns = 31, .direction = WIRE_RECV, .position = 32});
    const auto record = decode<FinRecord>(bytes);
    EXPECT_EQ(record.time_ns, 31U);
    EXPECT_EQ(record.direction, Direction::recv);
    EXPECT_EQ(record.position, 32U);
    EXPECT_EQ(record.socket.id.inode, 7000U);
    EXPECT_EQ(record.socket.remote.port, 80);
}

TEST(DecodeRecord, CloseHasEveryField) {
    const std::string bytes = test::close_record({.time_ns = 41,
                                                  .written_position = 42,
                                                  .read_position = 43,
                                                  .received_position = std::uint64_t{44} << 32});
    const auto record = decode<CloseRecord>(bytes);
    EXPECT_EQ(record.time_ns, 41U);
    EXPECT_EQ(record.socket.id.inode, 7000U);
    EXPECT_EQ(record.socket.local.port, 50000);
    EXPECT_EQ(record.written_position, 42U);
    EXPECT_EQ(record.read_position, 43U);
    EXPECT_EQ(record.received_position, std::uint64_t{44} << 32);
}

// What recorders wrote first.
TEST(DecodeRecord, CloseWithoutPositions) {
    constexpr std::uint16_t kSize = offsetof(wire_close, written_position);
    std::string bytes = test::close_record({.time_ns = 41, .read_position = 43}).substr(0, kSize);
    bytes = with<std::uint32_t>(bytes, offsetof(wire_header, size), kSize);
    bytes = with(bytes, offsetof(wire_header, header_size), kSize);
    const auto record = decode<CloseRecord>(bytes);
    EXPECT_EQ(record.time_ns, 41U);
    EXPECT_EQ(record.read_position, 0U);
}

TEST(DecodeRecord, LongerFixedPartsAreTaken) {
    const std::string extra(8, '\x7F');
    const std::string data = grown(test::data_record(), sizeof(wire_data), extra);
    EXPECT_EQ(decode<DataRecord>(data).payload, "payload");
    const std::string process = grown(test::process_record(), sizeof(wire_process), extra);
    EXPECT_EQ(decode<ProcessRecord>(process).environment,
              std::string_view("HOME=/root\0LANG=C\0", 18));
    EXPECT_EQ(refusal(grown(test::fin_record(), sizeof(wire_fin), extra)), "");
    EXPECT_EQ(refusal(grown(test::close_record(), sizeof(wire_close), extra)), "");
}

TEST(DecodeRecord, ThatIsShorterThanItsTypeIsRefused) {
    for (const std::string& bytes :
         {test::data_record(), test::process_record(), test::fin_record(), test::close_record()}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            std::string cut = bytes.substr(0, size);
            EXPECT_NE(refusal(cut), "") << size;
            if (size < sizeof(wire_header)) continue;
            cut = with(cut, offsetof(wire_header, size), static_cast<std::uint32_t>(size));
            EXPECT_NE(refusal(cut), "") << size;
        }
    }
}

TEST(DecodeRecord, OfAnUnknownTypeIsRefused) {
    EXPECT_EQ(refusal(with<std::uint16_t>(test::data_record(), 4, 9)), "unknown record type 9");
    EXPECT_EQ(refusal(with<std::uint16_t>(test::data_record(), 4, 0)), "unknown record type 0");
}

TEST(DecodeRecord, WithSizesThatDisagreeIsRefused) {
    const std::string data = test::data_record();
    const auto size = static_cast<std::uint32_t>(data.size());
    EXPECT_THAT(refusal(with(data, 0, size + 1)), HasSubstr("size field"));
    EXPECT_THAT(refusal(with(data, 0, size - 1)), HasSubstr("size field"));
    EXPECT_THAT(refusal(with<std::uint32_t>(data, 0, 0xFFFFFFFF)), HasSubstr("size field"));
    EXPECT_THAT(refusal(with<std::uint16_t>(data, 6, 127)), HasSubstr("too short for its type"));
    EXPECT_THAT(refusal(with<std::uint16_t>(data, 6, 0xFFFF)), HasSubstr("longer than the record"));
}

TEST(DecodeRecord, DataWithSizesThatDisagreeIsRefused) {
    const std::string data = test::data_record();  // 7 bytes of payload
    const std::size_t original = offsetof(wire_data, original_size);
    const std::size_t captured = offsetof(wire_data, captured_size);
    EXPECT_THAT(refusal(with<std::uint32_t>(data, captured, 6)), HasSubstr("captured size"));
    EXPECT_THAT(refusal(with<std::uint32_t>(data, captured, 8)), HasSubstr("captured size"));
    EXPECT_THAT(refusal(with<std::uint32_t>(data, original, 6)), HasSubstr("more bytes"));
    EXPECT_THAT(refusal(with<std::uint32_t>(data, original, 8)), HasSubstr("without a cause"));
    EXPECT_EQ(refusal(test::data_record({.payload = std::string(WIRE_PAYLOAD_MAX, 'x')})), "");
    EXPECT_THAT(refusal(test::data_record({.payload = std::string(WIRE_PAYLOAD_MAX + 1, 'x')})),
                HasSubstr("over the limit"));
}

TEST(DecodeRecord, DataThatEndsBeyondTheLastPositionIsRefused) {
    EXPECT_EQ(refusal(test::data_record({.position = ~std::uint64_t{7}})), "");
    EXPECT_THAT(refusal(test::data_record({.position = ~std::uint64_t{6} + 1})),
                HasSubstr("position"));
}

TEST(DecodeRecord, WithUnknownValuesIsRefused) {
    EXPECT_EQ(refusal(test::data_record({.direction = 0})), "unknown direction 0");
    EXPECT_EQ(refusal(test::data_record({.direction = 3})), "unknown direction 3");
    EXPECT_EQ(refusal(test::fin_record({.direction = 0})), "unknown direction 0");
    EXPECT_EQ(refusal(test::data_record({.source = 0})), "unknown source 0");
    EXPECT_EQ(refusal(test::data_record({.source = 2})), "unknown source 2");
    EXPECT_EQ(refusal(test::data_record({.missing = 8})), "unknown cause of missing bytes 8");
}

TEST(DecodeRecord, AnUnknownSystemCallIsTaken) {
    const std::string bytes = test::data_record({.syscall = 77});
    EXPECT_EQ(decode<DataRecord>(bytes).syscall, 77U);
}

TEST(DecodeRecord, ProcessWithSizesThatDisagreeIsRefused) {
    const std::string process = test::process_record();  // 14 and 18 bytes
    const std::size_t arguments = offsetof(wire_process, arguments_captured);
    const std::size_t environment = offsetof(wire_process, environment_captured);
    EXPECT_THAT(refusal(with<std::uint32_t>(process, arguments, 13)), HasSubstr("captured sizes"));
    EXPECT_THAT(refusal(with<std::uint32_t>(process, environment, 19)),
                HasSubstr("captured sizes"));
    EXPECT_THAT(refusal(with<std::uint32_t>(process, arguments, 0xFFFFFFFF)),
                HasSubstr("over the limit"));
    EXPECT_THAT(refusal(with<std::uint32_t>(process, environment, 0xFFFFFFFF)),
                HasSubstr("over the limit"));
    EXPECT_THAT(refusal(test::process_record({.arguments_size = 13})),
                HasSubstr("than the process has"));
    EXPECT_THAT(refusal(test::process_record({.environment_size = 17})),
                HasSubstr("than the process has"));
}

TEST(DecodeRecord, FinAndCloseWithAPayloadAreRefused) {
    for (const std::string& bytes : {test::fin_record(), test::close_record()}) {
        const auto longer = static_cast<std::uint32_t>(bytes.size() + 1);
        EXPECT_THAT(refusal(with(bytes + 'x', 0, longer)), HasSubstr("payload"));
    }
}

TEST(RecordTime, IsReadWithoutDecoding) {
    EXPECT_EQ(record_time_ns(test::close_record({.time_ns = 51})), 51U);
    EXPECT_EQ(record_time_ns(test::close_record({.time_ns = 51}).substr(0, 15)), 0U);
    EXPECT_EQ(record_time_ns(""), 0U);
}

TEST(MissingCauses, HaveStableNames) {
    EXPECT_EQ(to_string(MissingCause::none), "none");
    EXPECT_EQ(to_string(MissingCause::snaplen), "snaplen");
    EXPECT_EQ(to_string(MissingCause::unreadable), "unreadable");
    EXPECT_EQ(to_string(MissingCause::sendfile), "sendfile");
    EXPECT_EQ(to_string(MissingCause::discarded), "discarded");
    EXPECT_EQ(to_string(MissingCause::unread), "unread");
    EXPECT_EQ(to_string(MissingCause::lost), "lost");
}

}  // namespace
}  // namespace httpprof::format
