// export and report as a user calls them: exit statuses, messages, and where the output goes. What
// is in it: export_test.py, tests/har and tests/report.
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string capture_of_no_content() {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    EXPECT_TRUE(writer.ok());
    format::RecordBlock block;
    block.append(data_record({.payload = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"}));
    block.append(data_record(
        {.time_ns = 1005, .direction = WIRE_RECV, .payload = "HTTP/1.1 204 No Content\r\n\r\n"}));
    EXPECT_TRUE((*writer)->write(block).ok());
    EXPECT_TRUE((*writer)->end({.reason = "interrupted", .stats = {}}).ok());
    return sink.bytes();
}

class ExportCommandTest : public ::testing::Test {
  protected:
    ExportCommandTest() { std::ofstream(capture_, std::ios::binary) << capture_of_no_content(); }

    std::string path(const std::string& name) const { return directory_.path() / name; }

    static Finished httpprof(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), HTTPPROF_BINARY);
        return run(arguments);
    }

    static void expect_failure(const Finished& finished, int status, const std::string& message) {
        EXPECT_EQ(finished.status, status);
        EXPECT_THAT(finished.errors, HasSubstr(message));
        EXPECT_EQ(finished.errors.find('\n'), finished.errors.size() - 1);
        EXPECT_EQ(finished.output, "");
    }

    TemporaryDirectory directory_;
    const std::string capture_ = path("x.httpprof");
};

TEST_F(ExportCommandTest, WritesToStandardOutputOrAFile) {
    const Finished finished = httpprof({"export", "csv", capture_});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.output, StartsWith("timestamp,host,"));
    EXPECT_THAT(finished.output, HasSubstr(",GET,h,/a,204,No Content,5,5,"));
    EXPECT_THAT(finished.errors, StartsWith("httpprof: 2 events"));

    EXPECT_EQ(httpprof({"export", "csv", capture_, "-o", path("x.csv")}).status, 0);
    EXPECT_EQ(read_file(path("x.csv")), finished.output);
}

TEST_F(ExportCommandTest, WantsAFormatThatItKnows) {
    expect_failure(httpprof({"export", capture_}), 2, "see httpprof --help");
    expect_failure(httpprof({"export", "xml", capture_}), 2, "see httpprof --help");
    EXPECT_THAT(httpprof({"export", "--help"}).output, HasSubstr("HAR 1.2"));
}

TEST_F(ExportCommandTest, DoesNotOverwriteItsInput) {
    const auto before = read_file(capture_);
    expect_failure(httpprof({"export", "har", capture_, "-o", capture_}), 2,
                   "is both input and output");
    EXPECT_EQ(read_file(capture_), before);
}

TEST_F(ExportCommandTest, SaysWhatItCannotReadOrWrite) {
    expect_failure(httpprof({"export", "csv", path("none")}), 1, "none");
    expect_failure(httpprof({"export", "csv", capture_, "-o", path("no/folder")}), 1, "no/folder");
}

TEST_F(ExportCommandTest, ReportIsWrittenForItsOwnerToANamedFile) {
    expect_failure(httpprof({"report", capture_}), 2, "--output is required");
    const std::string report = path("x.html");
    const Finished finished = httpprof({"report", capture_, "-o", report});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "");
    EXPECT_THAT(read_file(report), StartsWith("<!DOCTYPE html>"));
    EXPECT_THAT(read_file(report), EndsWith("</html>\n"));
    struct stat status {};
    ASSERT_EQ(::stat(report.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ExportCommandTest, ReportNotesWhatIsLeftOut) {
    const std::string report = path("x.html");
    const std::string filter = "status < 300";
    EXPECT_EQ(httpprof({"report", capture_, "-o", report, "--filter", filter}).status, 0);
    EXPECT_THAT(read_file(report),
                HasSubstr(R"("notes":["only events of which this is true: status \u003c 300")"));
}

// It is shared, and what was asked for may be the secret.
TEST_F(ExportCommandTest, ARedactedReportDoesNotSayItsFilter) {
    const std::string report = path("x.html");
    const std::string filter = "path != \"/s3cr3t\"";
    EXPECT_EQ(httpprof({"report", capture_, "-o", report, "--redact", "--filter", filter}).status,
              0);
    EXPECT_THAT(read_file(report), HasSubstr(R"("notes":["only events that were asked for")"));
    EXPECT_THAT(read_file(report), Not(HasSubstr("s3cr3t")));
}

}  // namespace
}  // namespace httpprof::test
