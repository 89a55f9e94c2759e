#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/emit/report/page.h"

namespace httpprof::replay {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(ReportPage, IsOneDocumentAroundItsData) {
    const std::string head(report_page_head());
    const std::string tail(report_page_tail());
    EXPECT_THAT(head, StartsWith("<!DOCTYPE html>\n"));
    EXPECT_THAT(head, EndsWith("</footer>\n"));
    EXPECT_THAT(tail, StartsWith("<script>"));
    EXPECT_THAT(tail, EndsWith("</script>\n</body>\n</html>\n"));
}

TEST(ReportPage, RunsNothingButItsOwnScript) {
    const std::string head(report_page_head());
    EXPECT_THAT(head, HasSubstr("content=\"default-src 'none'; script-src 'sha256-"));
    EXPECT_THAT(head, Not(HasSubstr("unsafe-")));
}

// What embed.cmake replaces in the template.
TEST(ReportPage, HasNothingLeftToFillIn) {
    const std::string page = std::string(report_page_head()) + std::string(report_page_tail());
    for (const std::string_view name : {"@CSP@", "@CSS@", "@DATA@", "@JS@"})
        EXPECT_THAT(page, Not(HasSubstr(std::string(name))));
}

}  // namespace
}  // namespace httpprof::replay
