#include "replay/emit/dump_json.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bpf/wire.h"
#include "tests/replay/emit/dump_frames.h"
#include "tests/support/wire_records.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::string_literals;
using ::testing::ElementsAre;

std::vector<Json> dump(const format::Frame& frame) {
    std::vector<Json> lines;
    for (const std::string& line : lines_of(dumped(dump_json, frame)))
        lines.push_back(Json::parse(line));
    return lines;
}

std::vector<std::string> names(const Json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items())
        names.push_back(name);
    return names;
}

// -- The way back from a line to the bytes, as the header of dump_json.h describes it ------------

std::string from_base64(const std::string& text) {
    static const std::string kLetters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text.substr(0, text.find('='))) {
        bits = bits << 6 | static_cast<std::uint32_t>(kLetters.find(c));
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xFF);
    }
    return bytes;
}

std::string bytes_of(const Json& text) {
    return text.is_string() ? text.get<std::string>()
                            : from_base64(text.at("base64").get<std::string>());
}

std::string joined(const Json& pieces) {
    std::string bytes;
    for (std::size_t i = 0; i < pieces.size(); ++i)
        bytes += (i > 0 ? "\0"s : ""s) + bytes_of(pieces[i]);
    return bytes;
}

template <typename T>
void take(T& field, const Json& line, const char* name) {
    field = line.at(name).get<T>();
}

void take_address(std::uint8_t* to, const std::string& text) {
    if (text.find(':') != text.npos) {
        ASSERT_EQ(::inet_pton(AF_INET6, text.c_str(), to), 1) << text;
        return;
    }
    to[10] = to[11] = 0xFF;
    ASSERT_EQ(::inet_pton(AF_INET, text.c_str(), to + 12), 1) << text;
}

void take_task(wire_task& task, const Json& line) {
    take(task.pid, line, "pid");
    take(task.tid, line, "tid");
    take(task.start_ns, line, "start_ns");
    const std::string comm = bytes_of(line.at("comm"));
    ASSERT_LE(comm.size(), sizeof(task.comm));
    std::ranges::copy(comm, task.comm);
}

void take_socket(wire_socket& socket, const Json& line) {
    take(socket.inode, line, "inode");
    take(socket.first_seen_ns, line, "first_seen_ns");
    take(socket.netns, line, "netns");
    take(socket.local_port, line, "local_port");
    take(socket.remote_port, line, "remote_port");
    take_address(socket.local_address, line.at("local_address").get<std::string>());
    take_address(socket.remote_address, line.at("remote_address").get<std::string>());
}

template <typename Wire>
std::string finished(Wire& wire, const Json& line, std::uint16_t type) {
    take(wire.header.size, line, "size");
    wire.header.type = type;
    wire.header.header_size = sizeof(Wire);
    take(wire.header.time_ns, line, "time_ns");
    EXPECT_EQ(line.at("header_size"), sizeof(Wire));
    return {reinterpret_cast<const char*>(&wire), sizeof(Wire)};
}

std::string data_struct(const Json& line) {
    wire_data wire{};
    take_task(wire.task, line);
    take_socket(wire.socket, line);
    take(wire.position, line, "position");
    take(wire.other_position, line, "other_position");
    take(wire.original_size, line, "original_size");
    take(wire.captured_size, line, "captured_size");
    take(wire.direction, line, "direction");
    take(wire.source, line, "source");
    take(wire.missing, line, "missing");
    take(wire.syscall, line, "syscall");
    return finished(wire, line, WIRE_DATA);
}

std::string process_struct(const Json& line) {
    wire_process wire{};
    take_task(wire.task, line);
    take(wire.arguments_size, line, "arguments_size");
    take(wire.arguments_captured, line, "arguments_captured");
    take(wire.environment_size, line, "environment_size");
    take(wire.environment_captured, line, "environment_captured");
    take(wire.exec_id, line, "exec_id");
    take(wire.uid, line, "uid");
    take(wire.namespace_pid, line, "namespace_pid");
    take(wire.pid_namespace, line, "pid_namespace");
    take(wire.mount_namespace, line, "mount_namespace");
    take(wire.user_namespace, line, "user_namespace");
    take(wire.network_namespace, line, "network_namespace");
    take(wire.cgroup_captured, line, "cgroup_captured");
    take(wire.environment_kept, line, "environment_kept");
    take(wire.address_space_tag, line, "address_space_tag");
    return finished(wire, line, WIRE_PROCESS);
}

std::string fin_struct(const Json& line) {
    wire_fin wire{};
    take_socket(wire.socket, line);
    take(wire.position, line, "position");
    take(wire.direction, line, "direction");
    return finished(wire, line, WIRE_FIN);
}

std::string close_struct(const Json& line) {
    wire_close wire{};
    take_socket(wire.socket, line);
    take(wire.written_position, line, "written_position");
    take(wire.read_position, line, "read_position");
    take(wire.received_position, line, "received_position");
    return finished(wire, line, WIRE_CLOSE);
}

std::string io_uring_struct(const Json& line) {
    wire_io_uring wire{};
    take_task(wire.task, line);
    return finished(wire, line, WIRE_IO_URING);
}

std::string fixed_part_of(const Json& line) {
    if (line.contains("header")) return from_base64(line.at("header").get<std::string>());
    const std::string type = line.at("type").get<std::string>();
    if (type == "data") return data_struct(line);
    if (type == "process") return process_struct(line);
    if (type == "fin") return fin_struct(line);
    return type == "close" ? close_struct(line) : io_uring_struct(line);
}

std::string record_of(const Json& line) {
    if (line.at("type") == "malformed") return from_base64(line.at("bytes").get<std::string>());
    std::string bytes = fixed_part_of(line);
    if (line.at("type") == "data") bytes += from_base64(line.at("payload").get<std::string>());
    if (line.at("type") == "process") {
        bytes += joined(line.at("arguments")) + joined(line.at("environment")) +
                 joined(line.at("cgroup"));
    }
    return bytes;
}

// The line of the only record, which must lead back to it.
Json line_of(const std::string& record) {
    const std::vector<std::string> records = {record};
    const std::vector<Json> lines = dump(records_frame(records));
    EXPECT_EQ(lines.size(), 1u);
    EXPECT_EQ(record_of(lines.at(0)), record);
    return lines.at(0);
}

std::string with_byte(std::string record, std::size_t offset, std::uint8_t value) {
    record.at(offset) = static_cast<char>(value);
    return record;
}

// A record whose fixed part is `extra` longer than in version 1.
std::string with_longer_header(std::string record, const std::string& extra) {
    const auto old_size = static_cast<std::uint8_t>(record[6]);
    record.insert(old_size, extra);
    record[0] = static_cast<char>(record.size());
    record[6] = static_cast<char>(old_size + extra.size());
    return record;
}

// ------------------------------------------------------------------------------------------------

TEST(DumpJsonTest, DataRecord) {
    EXPECT_EQ(line_of(test::data_record({.payload = "GET"})).dump(),
              R"({"frame":3,"offset":500,"type":"data","record":0,"size":139,"header_size":136,)"
              R"("time_ns":1000,"pid":100,"tid":100,"start_ns":500,"comm":"client","inode":7000,)"
              R"("first_seen_ns":900,"netns":4026531840,"local_port":50000,"remote_port":80,)"
              R"("local_address":"127.0.0.1","remote_address":"127.0.0.2","position":1,)"
              R"("other_position":1,"original_size":3,"captured_size":3,"direction":1,"source":1,)"
              R"("missing":0,"syscall":2,"payload":"R0VU"})");
}

TEST(DumpJsonTest, ProcessRecord) {
    const Json line = line_of(test::process_record());
    EXPECT_EQ(line["arguments"].dump(), R"(["client","--fast",""])");
    EXPECT_EQ(line["environment"].dump(), R"(["HOME=/root","LANG=C",""])");
    EXPECT_EQ(line["cgroup"].dump(), R"(["shop.service","system.slice","",""])");
    EXPECT_EQ(line["uid"], 1000);
    EXPECT_FALSE(line.contains("header"));
}

TEST(DumpJsonTest, OtherRecords) {
    EXPECT_THAT(names(line_of(test::fin_record())),
                ElementsAre("frame", "offset", "type", "record", "size", "header_size", "time_ns",
                            "inode", "first_seen_ns", "netns", "local_port", "remote_port",
                            "local_address", "remote_address", "position", "direction"));
    EXPECT_EQ(line_of(test::close_record())["type"], "close");
    EXPECT_THAT(names(line_of(test::io_uring_record())),
                ElementsAre("frame", "offset", "type", "record", "size", "header_size", "time_ns",
                            "pid", "tid", "start_ns", "comm"));
}

TEST(DumpJsonTest, RecordsAreNumberedWithinTheirFrame) {
    const std::vector<std::string> records = {test::data_record(), "short", test::close_record()};
    const std::vector<Json> lines = dump(records_frame(records));
    ASSERT_EQ(lines.size(), 3u);
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(lines[i]["record"], i);
        EXPECT_EQ(record_of(lines[i]), records[i]);
    }
    EXPECT_EQ(lines[1]["type"], "malformed");
    EXPECT_EQ(lines[1]["what"], "the record is too short for a header");
}

TEST(DumpJsonTest, LargestNumbersAreExact) {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    const Json line = line_of(test::data_record(
        {.time_ns = kMax, .position = kMax - 7, .other_position = kMax, .payload = "1234567"}));
    EXPECT_EQ(line["time_ns"].dump(), "18446744073709551615");
    EXPECT_EQ(line["position"].dump(), "18446744073709551608");
}

TEST(DumpJsonTest, BytesThatNoFieldShowsAreInTheHeader) {
    const std::string data = test::data_record();
    EXPECT_TRUE(line_of(with_byte(data, 131, 1)).contains("header")) << "reserved";
    EXPECT_TRUE(line_of(with_byte(data, 46, 'x')).contains("header")) << "behind comm";
    EXPECT_TRUE(line_of(with_byte(data, 130, 2)).contains("header")) << "nothing is missing";
    EXPECT_TRUE(line_of(with_byte(test::process_record(), 101, 1)).contains("header"));
    EXPECT_TRUE(line_of(with_byte(test::fin_record(), 87, 1)).contains("header"));
    for (const std::string& record : {data, test::process_record(), test::fin_record(),
                                      test::close_record(), test::io_uring_record()}) {
        EXPECT_TRUE(line_of(with_longer_header(record, "later")).contains("header"));
        EXPECT_FALSE(line_of(record).contains("header"));
    }
}

TEST(DumpJsonTest, UnusualValuesOfFields) {
    EXPECT_EQ(line_of(test::data_record({.syscall = 4'000'000'000}))["syscall"], 4'000'000'000);
    const Json line = line_of(
        test::data_record({.payload = "", .original_size = 9, .missing = WIRE_MISSING_SENDFILE}));
    EXPECT_EQ(line["missing"], 3);
    EXPECT_EQ(line["payload"], "");
}

TEST(DumpJsonTest, BytesThatAreNotUtf8) {
    EXPECT_EQ(line_of(test::data_record({.task = {.comm = "\xFFz"}}))["comm"].dump(),
              R"({"base64":"/3o="})");
    const Json line = line_of(
        test::process_record({.arguments = "a\0\0\xFF\0b"s, .environment = "", .cgroup = "\0"s}));
    EXPECT_EQ(line["arguments"].dump(), R"(["a","",{"base64":"/w=="},"b"])");
    EXPECT_EQ(line["environment"].dump(), "[]");
    EXPECT_EQ(line["cgroup"].dump(), R"(["",""])");
}

TEST(DumpJsonTest, Ipv6Addresses) {
    test::WireSocket socket;
    socket.local_address = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    socket.remote_address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1};
    const Json line = line_of(test::close_record({.socket = socket}));
    EXPECT_EQ(line["local_address"], "2001:db8::1");
    EXPECT_EQ(line["remote_address"], "::7f00:1");
}

Json only_object(format::FrameType type, format::FrameContent content) {
    const std::vector<Json> lines = dump(frame_of(type, std::move(content)));
    EXPECT_EQ(lines.size(), 1u);
    return lines.at(0);
}

format::Header header() {
    format::Header header;
    header.host = "web\xFF";
    header.kernel = "6.1";
    header.machine = "x86_64";
    header.boot_id = std::string(16, '\x0A');
    header.capture_id = std::string(16, '\xBC');
    header.writer = "httpprof";
    header.wire_version = 1;
    header.options = {"record", "-o\n"};
    header.recipients = {{.public_key = "\x01", .sealed_key = "\x02"}};
    return header;
}

TEST(DumpJsonTest, Header) {
    EXPECT_EQ(only_object(format::FrameType::header, header()).dump(),
              R"({"frame":4,"offset":900,"type":"header","host":{"base64":"d2Vi/w=="},)"
              R"("kernel":"6.1","machine":"x86_64","bootId":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",)"
              R"("captureId":"bcbcbcbcbcbcbcbcbcbcbcbcbcbcbcbc","segment":0,"previousSegment":"",)"
              R"("writer":"httpprof","wireVersion":1,"options":["record","-o\n"],)"
              R"("recipients":[{"publicKey":"01","sealedKey":"02"}],"derivation":[]})");
}

TEST(DumpJsonTest, HeaderCopyIsWhatItIsInTheFile) {
    const auto type = format::FrameType::header_copy;
    EXPECT_EQ(only_object(type, format::HeaderCopy{header()})["type"], "header_copy");
    EXPECT_EQ(only_object(type, header())["type"], "header_copy") << "in place of the Header";
}

TEST(DumpJsonTest, Snapshot) {
    format::Snapshot snapshot;
    snapshot.time_ns = 9;
    snapshot.pid = 7;
    snapshot.arguments = "a\0"s;
    snapshot.has_arguments = true;
    snapshot.error = "environ: gone";
    EXPECT_EQ(only_object(format::FrameType::snapshot, snapshot).dump(),
              R"({"frame":4,"offset":900,"type":"snapshot","timeNs":9,"pid":7,"startNs":0,)"
              R"("executable":"","arguments":["a",""],"environment":[],"hasArguments":true,)"
              R"("hasEnvironment":false,"error":"environ: gone","execId":0,"cgroups":"",)"
              R"("environmentKept":0})");
}

TEST(DumpJsonTest, Clock) {
    EXPECT_EQ(only_object(format::FrameType::clock, format::Clock{5, -6}).dump(),
              R"({"frame":4,"offset":900,"type":"clock","boottimeNs":5,"realtimeNs":-6})");
}

TEST(DumpJsonTest, End) {
    format::End end;
    end.reason = "duration";
    end.stats.lost = {{.cause = "ring-full", .records = 1, .bytes = 2}};
    end.index = {{.offset = 16, .type = 1}};
    end.sources = {{.capture_id = "\x01", .segment = 2, .last_digest = "\x03"}};
    const Json line = only_object(format::FrameType::end, end);
    EXPECT_THAT(names(line), ElementsAre("frame", "offset", "type", "reason", "stats", "index",
                                         "sources", "changes"));
    EXPECT_EQ(line["stats"].dump(),
              R"({"timeNs":0,"produced":0,"recorded":0,"recordedBytes":0,)"
              R"("lost":[{"cause":"ring-full","records":1,"bytes":2}],"missing":[],"leftOut":[]})");
    EXPECT_EQ(line["index"].dump(),
              R"([{"offset":16,"type":1,"recordCount":0,"firstTimeNs":0,"lastTimeNs":0}])");
    EXPECT_EQ(line["sources"].dump(), R"([{"captureId":"01","segment":2,"lastDigest":"03"}])");
    end.totals = format::Totals{.frames = 4};
    EXPECT_EQ(only_object(format::FrameType::end, end)["totals"]["frames"], 4);
}

TEST(DumpJsonTest, Signature) {
    const Json line = only_object(format::FrameType::signature,
                                  format::Signature{.public_key = "\xAA", .signature = "\xBB"});
    EXPECT_EQ(line["publicKey"], "aa");
    EXPECT_EQ(line["signature"], "bb");
}

TEST(DumpJsonTest, WhatCannotBeShown) {
    EXPECT_EQ(only_object(format::FrameType::clock, format::Damage{0, 77, "is \"gone\""}).dump(),
              R"({"frame":4,"offset":900,"type":"damage","size":77,"what":"is \"gone\""})");
    const Json unknown = only_object(static_cast<format::FrameType>(99), format::UnknownFrame{99});
    EXPECT_EQ(unknown["type"], "unknown");
    EXPECT_EQ(unknown["frameType"], 99);
    format::Frame frame = frame_of(format::FrameType::records, format::EncryptedFrame{});
    frame.header.codec = format::kCodecEncrypted;
    frame.header.stored_size = 50;
    frame.header.record_count = 2;
    EXPECT_EQ(dump(frame).at(0).dump(),
              R"({"frame":4,"offset":900,"type":"encrypted","frameType":2,"codec":2,"flags":0,)"
              R"("storedSize":50,"rawSize":0,"recordCount":2,"firstTimeNs":0,"lastTimeNs":0})");
}

}  // namespace
}  // namespace httpprof::replay
