// What is a secret in a stream and what is not, however the stream is cut into pieces.
#include "format/redaction/stream_redactor.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/format/redaction/marked_text.h"

namespace httpprof::test {
namespace {

using format::AdditionalNames;
using format::RedactionTally;
using format::SecretNames;
using format::StreamState;

SecretNames& names() {
    static SecretNames names(AdditionalNames{
        .headers = {"X-Customer"}, .variables = {}, .parameters = {"iban", "card number"}});
    return names;
}

std::string redacted(const std::string& text, const std::vector<std::size_t>& cuts) {
    RedactionTally tally;
    StreamState state;
    state.expect_request();
    std::string result = text;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t end = i < cuts.size() ? cuts[i] : text.size();
        format::redact_stream(std::span(result).subspan(begin, end - begin), state, names(), tally);
        begin = end;
    }
    return result;
}

// With what may be overwritten as it should be.
std::string with_optional(std::string result, const MarkedText& marked) {
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (marked.optional[i] == 'o' && result[i] == 'X') result[i] = marked.redacted[i];
    }
    return result;
}

void expect_redacted(const MarkedText& marked) {
    EXPECT_EQ(redacted(marked.text, {}), marked.redacted);
    std::vector<std::size_t> bytewise;
    for (std::size_t cut = 1; cut < marked.text.size(); ++cut) {
        EXPECT_EQ(with_optional(redacted(marked.text, {cut}), marked), marked.redacted)
            << "cut at " << cut;
        bytewise.push_back(cut);
    }
    EXPECT_EQ(with_optional(redacted(marked.text, bytewise), marked), marked.redacted)
        << "byte by byte";
}

struct Case {
    const char* name;
    const char* text;
};

class StreamRedactorTest : public ::testing::TestWithParam<Case> {};

TEST_P(StreamRedactorTest, OverwritesSecretsOnly) {
    expect_redacted(MarkedText(GetParam().text));
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

constexpr Case kHeaders[] = {
    {"Authorization", "GET / HTTP/1.1\r\nAuthorization: ‹Basic ›«dTpw»\r\nHost: h\r\n\r\n"},
    {"AnyCaseAndSpace", "GET / HTTP/1.1\r\naUTHORIZATION \t:  \t ‹bearer ›«a b»\r\n\r\n"},
    {"NoSpace", "GET / HTTP/1.1\r\nX-API-Key:«abc»\r\nA: b\r\n\r\n"},
    {"NoScheme", "GET / HTTP/1.1\r\nAuthorization: «Basically-secret»\r\n\r\n"},
    {"ProxyAuthorization", "CONNECT h:‹1› HTTP/1.1\r\nProxy-Authorization: ‹NTLM ›«abc»\r\n\r\n"},
    {"Digest",
     "GET / HTTP/1.1\r\nAuthorization: ‹Digest ›«username=\"u\", response=\"r\"»\r\n\r\n"},
    {"AsAFirstHeader", "HTTP/1.1 200 OK\r\nX-Auth-Token: «t»\r\n\r\n"},
    {"BareLineFeed", "GET / HTTP/1.1\nX-Auth-Token: «t»\nHost: h\n\n"},
    {"Empty", "GET / HTTP/1.1\r\nX-Auth-Token:\r\nHost: h\r\n\r\n"},
    {"Folded", "GET / HTTP/1.1\r\nX-Auth-Token: «one»\r\n «two»\r\n\t«three»\r\nHost: h\r\n\r\n"},
    {"FoldedEmpty", "GET / HTTP/1.1\r\nX-Auth-Token:\r\n «two»\r\nHost: h\r\n\r\n"},
    {"SpaceBeforeName", "GET / HTTP/1.1\r\nA: b\r\n X-Auth-Token: «t»\r\n\r\n"},
    {"AmazonToken", "GET / HTTP/1.1\r\nx-amz-security-token: «t»\r\n\r\n"},
    {"Session", "GET / HTTP/1.1\r\nMcp-Session-Id: «t»\r\n\r\n"},
    {"Csrf", "GET / HTTP/1.1\r\nX-CSRFToken: «t»\r\n\r\n"},
    {"Given", "GET / HTTP/1.1\r\nx-customer: «Miller»\r\nX-Customers: 12\r\n\r\n"},
    {"Several", "GET / HTTP/1.1\r\nX-Auth-Token: «a»\r\nX-Secret: «b»\r\nX: c\r\n\r\n"},
    {"Cookie",
     "GET / HTTP/1.1\r\nCookie: ‹a›=«1»; ‹session›=«a=b»;‹c›=; ‹d›=«\"q\"»\r\nH: h\r\n\r\n"},
    {"CookieWithoutName", "GET / HTTP/1.1\r\nCookie: «secret»; ‹b›=«c»; «d»\r\n\r\n"},
    {"CookieFolded", "GET / HTTP/1.1\r\nCookie: ‹a›=«1»;\r\n ‹b›=«2»\r\nH: h\r\n\r\n"},
    {"SetCookie",
     "HTTP/1.1 200 OK\r\nSet-Cookie: ‹sid›=«abc»; ‹Path=/a›; ‹Expires=Wed, 1 Jan 2025 "
     "00:00:00 GMT›; ‹HttpOnly›\r\nServer: s\r\n\r\n"},
    {"SetCookieNotClean",
     "HTTP/1.1 200 OK\r\nSet-Cookie: ‹sid›=«\"a»;«b\"»; ‹Secure›; «Odd=c»\r\n\r\n"},
    {"SeveralCookiesInALine",
     "HTTP/1.1 200 OK\r\nSet-Cookie: ‹a›=«1»; ‹Path=/, sid=›«2»; ‹Expires=Wed, 1 Jan 2025 00:00:00 "
     "GMT, c=›«3=4»; ‹HttpOnly›; ‹Path=/a=b›\r\nServer: s\r\n\r\n"},
    {"ControlCharacters",
     "GET / HTTP/1.1\r\nX-Token: «a»\x01«b\tc»\x7F«d»\r«Content-Length: 5»\r\n\r\n"},
    {"Challenge", "HTTP/1.1 401 U\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n"},
    {"Harmless",
     "GET / HTTP/1.1\r\nAuthority: a\r\nAuthor: b\r\nKeep-Alive: 5\r\nETag: \"t\"\r\n"
     "Access-Control-Allow-Credentials: true\r\nSec-WebSocket-Key: k\r\n\r\n"},
    {"LookAlikeInAnotherValue", "GET / HTTP/1.1\r\nVary: Authorization: x\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Headers, StreamRedactorTest, ::testing::ValuesIn(kHeaders), name_of);

constexpr Case kParameters[] = {
    {"InQuery", "GET /a?access_token=«abc»&b=c&Password=«d» HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"LastInQuery", "GET /?a=b&sig=«x%3D=y» HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"Code", "GET /callback?code=«abc»&state=s&key=«k» HTTP/1.1\r\n\r\n"},
    {"Encoded", "GET /?%61ccess%5Ftoken=«abc»&user%5Bpassword%5D=«d» HTTP/1.1\r\n\r\n"},
    {"Given", "GET /?IBAN=«DE1»&card%20number=«4»&ibans=2 HTTP/1.1\r\n\r\n"},
    {"Empty", "GET /?token=&a=b HTTP/1.1\r\n\r\n"},
    {"InReferer", "GET / HTTP/1.1\r\nReferer: https://h/?token=«abc»\r\nAccept: a/b\r\n\r\n"},
    {"InLocation", "HTTP/1.1 302 F\r\nLocation: /a#access_token=«abc»&type=b\r\n\r\n"},
    {"LastBeforeBlankLine",
     "GET / HTTP/1.1\r\nReferer: /?pwd=«abc»\r\n\r\nGET /b HTTP/1.1\r\n\r\n"},
    {"Form", "POST / HTTP/1.1\r\nContent-Length: 27\r\n\r\nuser=u&password=«p%26'#+;»&a=b"},
    {"FormFirst", "POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\npassword=«abc»"},
    {"FormThenNextRequest",
     "POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\npassword=«abc»GET /a HTTP/1.1\r\nCookie: "
     "‹a›=«b»\r\n\r\n"},
    {"FormThenNextResponse",
     "HTTP/1.1 200 OK\r\ncontent-length : 12 \r\n\r\npassword=«PUT»HTTP/1.1 204 N\r\nA: b\r\n\r\n"},
    {"FormLineThenNextRequest",
     "POST / HTTP/1.1\r\nContent-Length: 13\r\n\r\npassword: «abc»DELETE /a HTTP/1.1\r\n\r\n"},
    {"FormInChunks",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\npassword=«ab»\r\nA\r\n«cdefghijkl»"
     "\r\n4\r\n«m»&a=\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"},
    {"NameOverChunks", "HTTP/1.1 200 OK\r\n\r\n5\r\n&pass\r\n8\r\nword=«abc»\r\n0\r\n\r\n"},
    {"InHtml", "HTTP/1.1 200 OK\r\n\r\n<a href=\"/a?b=c&amp;token=«abc»\">t</a> token=«d»<br>"},
    {"Quoted", "HTTP/1.1 200 OK\r\n\r\nvar token=\"«a b»\"; data-secret='«c»' b"},
    {"InJsonWithEscapes", "HTTP/1.1 200 OK\r\n\r\n{\"u\":\"/?token=«abc»\\‹u0026a=b›\\\"\"}"},
    {"CodeInFragment", "HTTP/1.1 302 F\r\nLocation: /a#code=«b»&c=d\r\nA: %23key%3D«e»\r\n\r\n"},
    {"CodeInHtml",
     "HTTP/1.1 200 OK\r\n\r\n<a href=\"?a=b&amp;code=«c»&amp;key=«d»\">;key=e amp;key=f"},
    {"BehindEscapedAmpersand",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"u\":\"/?a=b\\u0026sig=«c»\\‹u0026code=›«d»\",\"v\":\"\\u003Fcode=«e»\","
     "\"w\":\"{\\\"u\\\":\\\"?a\\\\u0026pwd=«f»\\\"}\"}"},
    {"EscapedEqualsSign",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"a\":\"/"
     "?tok\\u003Db\\u0026sig\\u003d«c»\\‹u0026code\\u003D›«d»\",\"e\":\"{\\\"f\\\":"
     "\\\"?pin\\\\u003d«1»\\\"}\",\"g\":[\"<h token\\u003d\\\"«i»\\\">\\u003\"]}"},
    {"BehindOtherEscapes",
     "HTTP/1.1 200 OK\r\n\r\n{\"a\":\"b\\nauth=«c» d\\u003csid=«e» \\\\token=«f» "
     "\\tok=g\\u00=h\"}"},
    {"AnyBytesInTarget", "GET /?password=«\"a'b\"<c>\\u0026\x01d»\t«e»&a=\"b\" HTTP/1.1\r\n\r\n"},
    {"SpacesInTarget",
     "GET /?pin=«a» «b» h«ello»  HTTP/1.1c «d»&e=f g&token= HTTP/1.x «y» HTTP/2.0 \r\nA: "
     "b\r\n\r\nPUT \t/?pin=«1» \t«2»\thttp/1.1\n"},
    {"OddVersionBehindTarget",
     "GET /?pin=«a» HTTP/1.;\r\nA: b\r\n\r\nGET /?pin=«a» HTTP/01,1\r\nA: b\r\n\r\n"},
    {"SpacesInUrlOfHeader",
     "GET / HTTP/1.1\r\nreferer: /?token=«a» «b\"<c»&d=e f\r\nA: ?pin=«1» g\r\n\r\n"
     "HTTP/1.1 302 F\r\nLocation:/?token=«a» «b»\r\nA: b\r\n\r\nb"},
    {"QuoteBeforeVersion", "GET /?a=b&token=«\"a» HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"InLongTarget",
     "VERSION-CONTROL "
     "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?"
     "b=\"c\"&token=«a<b» HTTP/1.1\r\n\r\n"},
    {"InTargetOfAnyMethod",
     "X_2-Y /?token=«a<b» HTTP/1.1\r\n\r\n2 http://h/?token=«a<b» HTTP/1.1\r\n"},
    {"InTargetOfProxy", "GET http://h/?token=«a<b» HTTP/1.1\r\nA: <?token=«c»>\r\n\r\n"},
    {"InNextTarget",
     "\r\nGET / HTTP/1.1\r\n\r\nGET /?token=«a<b» HTTP/1.1\nA: b\n\nPUT /?token=«c>d» "
     "HTTP/1.1\r\n"},
    {"InTargetBehindBody",
     "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\naGET /?token=«a<b» HTTP/1.1\r\nContent-Length: "
     "5\r\n\r\npin=«1»DELETE /?token=«a<b» HTTP/1.1\r\n\r\n"},
    {"InTargetBehindTrailers",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\nGET /?token=«a<b» "
     "HTTP/1.1\r\n\r\n"},
    {"NoTarget",
     "HTTP/1.1 200 OK\r\n\r\nGET token=\"«a b»\"<br>\r\n\r\nA /?token=«a<b»\n?token=«a»<br>"},
    {"InEncodedUrl",
     "GET /?redirect_uri=http%3A%2F%2Fh%2Fcb%3Ftoken%3D«abc»&a=b HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"WithinEncodedUrl",
     "GET /?u=%2f%3fa%3db%26token%3d«a%3Db'c»‹%26d%3De›&pin=«1» HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"EncodedCode", "GET /?u=%3Fcode%3D«a»‹%26code=b› HTTP/1.1\r\nA: code%3Da;pin%3D«1»\r\n\r\n"},
    {"EncodedTwice",
     "GET /?u=%2F%3Fu%3D%252F%253Fa%2526user%255Bpassword%255D%253D«a%2526b»&c=d HTTP/1.1\r\n\r\n"},
    {"EncodedUrlInText",
     "HTTP/1.1 200 OK\r\n\r\n<a href=\"?u=%3Ftoken%3D«abc»\">b</a> {\"u\":\"%3Fpin%3D«1»\"}"},
    {"EncodedName",
     "GET /?u=%3F%2574oken%3D«abc»&v=%3Faccess%255Ftoken%3D«d» HTTP/1.1\r\nHost: h\r\n\r\n"},
    {"EncodedUrlWithLongPath",
     "GET /?u=%2Faaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "%3Fpin%3D«1»&a=b HTTP/1.1\r\n\r\n"},
    {"HarmlessEncoded",
     "GET /?u=%3Ftok%3Da%26code%3Ab%3D%3D%253%25%3&token_type%3Db&%3D=%2%25% HTTP/1.1\r\n\r\n"},
    {"Harmless",
     "GET /?tok=a&author=b&monkey=c&keyword=d&expires_in=5&token_type=b HTTP/1.1\r\n\r\n"},
    {"Base64", "HTTP/1.1 200 OK\r\n\r\nc2VjcmV0IHRva2VuIHBhc3N3b3Jk==\r\nab=="},
};
INSTANTIATE_TEST_SUITE_P(Parameters, StreamRedactorTest, ::testing::ValuesIn(kParameters), name_of);

constexpr Case kFields[] = {
    {"String", "HTTP/1.1 200 OK\r\n\r\n{\"user\":\"u\",\"password\":\"«p»\",\"a\": \"b\"}"},
    {"Space", "HTTP/1.1 200 OK\r\n\r\n{ \"accessToken\" :\t\n \"«p»\" , \"a\" : \"b\" }"},
    {"Escapes", "HTTP/1.1 200 OK\r\n\r\n{\"secret\":\"«a\\\"b\\\\\\\"c\\\\»\",\"d\":\"e\"}"},
    {"Array", "HTTP/1.1 200 OK\r\n\r\n{\"tokens\":[\"«a»\", \"«b]»\"],\"c\":[\"d\"]}"},
    {"LineBeforeColon", "HTTP/1.1 200 OK\r\n\r\n{\"password\"\n:\"«p»\",\"pin\"\r\n \r\n: «1»}"},
    {"NumbersOfLinesOfTheirOwnInABodyOfAnyLength",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"pin\":\r\n«4711»,\"secret\":\r\n[\r\n«12»,\r\n«56»\r\n],\"a\":\r\n12}"},
    {"NumbersOfLinesOfTheirOwn",
     "POST / HTTP/1.1\r\nContent-Length: "
     "59\r\n\r\n{\"pin\":\r\n«4711»,\"secret\":\r\n[\r\n«1234»,\r\n«5678»\r\n],\"a\":\r\n12}"
     "abcdef"},
    {"NestedArrays",
     "HTTP/1.1 200 OK\r\n\r\n{\"tokens\":[[\"«a»\",[]],[[\"«]»\"], \"«b»\"], "
     "\"«c»\"],\"d\":[\"e\"]}"},
    {"OtherElements",
     "HTTP/1.1 200 OK\r\n\r\n{\"tokens\":[1, -2.5e+3,null,true,false,\"«a»\"],\"d\":[\"e\"]}"},
    {"ObjectInArray",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"password\":[«1»,\"«a»\",{\"b\":[1,{}],\"]}\\\"\\\\\":\"]}\"},\"«c»\",«2»],"
     "\"d\":[\"e\"]}"},
    {"SecretsInObjectInArray",
     "HTTP/1.1 200 OK\r\n\r\n{\"tokens\":[{\"pin\":«1»,\"pins\":2,\"u\":\"?token=«a»\",\"secrets\":"
     "[\"«b»\",{\"d\":\"e\"}]},3,\"«c»\"],\"d\":[\"e\"]}"},
    {"ArraysInObjectsInArrays",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"tokens\":[{\"a\":\"b\",\"pin\":[[{\"c\":[1]},«2»],{\"tokens\":[{},\"«d»\"]},"
     "«3»],"
     "\"e\":[\"f\"]},\"«g»\"],\"h\":[\"i\"]}"},
    {"ArraysInTooManyOthers",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"pin\":[{\"pin\":[{\"pin\":[{\"pin\":[{\"pin\":[{},1],\"pin\":«2»},«3»]},«4»]},"
     "«5»]},«6»],\"a\":[\"b\"]}"},
    {"PercentInObjectInArray",
     "HTTP/1.1 200 OK\r\n\r\n{\"tokens\":[{\"a\":\"%20b\"},\"«c»\"],\"d\":[\"e\"]}"},
    {"InnerJsonOnLines",
     "HTTP/1.1 200 OK\r\n\r\n{\"a\":\"{\\n\\\"tokens\\\": [\\n  "
     "\\\"«b»\\\",\\r\\n\\t{\\\"c\\\":\\n\\\"d\\\"},"
     "\\n\\\"«e»\\\"\\n],\\\"f\\\":\\\"g\\\"}\",\"h\":\"i\"}"},
    {"ObjectInArrayThenNextResponse",
     "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"pin\":[{\"a\"HTTP/1.1 200 OK\r\n\r\n}\"a\""},
    {"Number", "HTTP/1.1 200 OK\r\n\r\n{\"pin\":«1234»,\"max_tokens\":5,\"password\":null}"},
    {"Object", "HTTP/1.1 200 OK\r\n\r\n{\"auth\":{\"user\":\"u\",\"pass\":\"«p»\"},\"a\":\"b\"}"},
    {"InnerJson",
     "HTTP/1.1 200 OK\r\n\r\n{\"a\":\"{\\\"token\\\":\\\"«b»\\\",\\\"c\\\":\\\"d\\\"}\"}"},
    {"InnermostJson",
     R"({"a":"{\"b\":\"{\\\"c\\\":\\\"{\\\\\\\"pin\\\\\\\":\\\\\\\"«d»\\\\\\\\\\\\\\\«"e»\\\\\\\",)"
     R"(\\\\\\\"f\\\\\\\":\\\\\\\"g\\\\\\\"}\\\",\\\"h\\\":\\\"i\\\"}\"}"})"},
    {"InnerJsonWithEncodedQuotes",
     R"({"a":"{\u0022token\u0022:\u0022«b»\\\u0022«c»\\\\\u0022,\u0022d\u0022 : \u0022e\u0022,)"
     R"(\u0022pin\u0022:«1»,\u0022tokens\u0022:[\u0022«f»\u002«B»\u0022],\u0022g\u0022:[]}"})"},
    {"InnermostJsonWithEncodedQuotes",
     R"({"a":"{\u0022b\u0022:\u0022{\\u0022pin\\u0022:\\u0022«c»\\\\u0022«d»\\\\\\u0022«e»\\u0022,)"
     R"(\\u0022f\\u0022:\\u0022g\\u0022}\u0022}","h":"i"})"},
    {"EncodedQuotesWithinQuotes", R"({"pin":"«a\u0022b»","c":"{\"pin\":\"«d»\«u0022e»\"}"})"},
    {"Header",
     "HTTP/1.1 200 OK\r\n\r\n{\"headers\":{\"Authorization\":\"«Basic a»\",\"A\":\"b\"}}"},
    {"InChunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"pass\r\n"
     "13\r\nword\":\"«abcdefgh»\r\n3\r\n«i»\",\r\n7\r\n\"a\":\"b\"\r\n0\r\n\r\n"},
    {"EscapedName",
     "HTTP/1.1 200 OK\r\n\r\n{\"pa\\u0073sword\":\"«p»\",\"\\u0061uthorization\" : \"«b»\","
     "\"\\u0070in\":«1»,\"max_token\\u0073\":5,\"a\":\"{\\\"\\\\u0070in\\\":\\\"«2»\\\"}\"}"},
    {"LongName",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_password\":\"«b»\","
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_password\":\"b\"}"},
    {"EscapedNameInChunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"p\\u00\r\n"
     "A\r\n69n\":\"«abcd»\r\n3\r\n«i»\"}\r\n0\r\n\r\n"},
    {"HarmlessEscapedName",
     "HTTP/1.1 200 OK\r\n\r\n{\"\\u0074oken_type\":\"a\",\"\\u006\":\"b\",\"\\u\":\"c\",\"\\\\\":"
     "\"d\",\"u0070in\":\"e\",\"\\ud83d\":\"f\"}"},
    {"Given", "HTTP/1.1 200 OK\r\n\r\n{\"iban\":\"«DE»\",\"Card Number\":\"«4»\"}"},
    {"Harmless", "HTTP/1.1 200 OK\r\n\r\n{\"token_type\":\"Bearer\",\"key\":\"k\",\"code\":\"c\"}"},
    {"ThenNextResponse",
     "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"pin\":«12»HTTP/1.1 200 OK\r\nA: b\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Fields, StreamRedactorTest, ::testing::ValuesIn(kFields), name_of);

constexpr Case kMarkup[] = {
    {"Element",
     "HTTP/1.1 200 OK\r\n\r\n<?xml?>\r\n<a><user>u</user><password>«p q»</password><b>c</b></a>"},
    {"PrefixAndAttributes",
     "POST / HTTP/1.1\r\nContent-Length: 88\r\n\r\n\xEF\xBB\xBF <s:a xmlns:s=\"n:b\"><s:Password "
     "Type=\"http://h/#PasswordText\">«\"p\">»</s:Password></s:a>PUT / HTTP/1.1\r\n\r\n"},
    {"ElementsInIt",
     "HTTP/1.1 200 OK\r\n\r\n<a><auth>\r\n <user>u</user>\r\n <pin>«1»</pin></auth><token/>b<pin "
     "/>c"},
    {"LinesInIt",
     "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n<secret>\r\n «a»\r\n«b»\n«c»</secret>d"},
    {"MarkedSection",
     "HTTP/1.1 200 OK\r\n\r\n<a><token><!«[CDATA[<b&]<]]>»</token><pin>«1»<!«-->2»</pin>d"},
    {"CommentsInIt",
     "HTTP/1.1 200 OK\r\n\r\n\n<a><token><!«-- <b>c</b> -->d»</token><pin>«1»"
     "<!«[CDATA[</a>]]]>2»</pin>"},
    {"InChunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a><p\r\n6\r\nin>«12»<\r\n"
     "8\r\n/pin>b<c\r\n0\r\n\r\n"},
    {"OnlyWhereTheBodyBeginsSo",
     "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nuse <token> now HTTP/1.1 200 "
     "OK\r\n\r\n{\"a\":\n<pin>\"}"},
    {"ValuesInForms",
     "HTTP/1.1 200 OK\r\n\r\n<input type=\"hidden\" name=\"csrf_token\" value=\"«a b»\"><meta "
     "name='csrf-token' content='«c»'><add key=\"password\" value=«d» /> {\"a\":\"<b "
     "name=\\\"pin\\\" "
     "value=\\\"«1»\\\">\"}"},
    {"ValuesWithoutQuotes",
     "HTTP/1.1 200 OK\r\n\r\n<input type=hidden name=csrf_token value=«a»><input name=pin "
     "value=\"«1»\"><add key = \"password\" value = \"«b c»\"/>"},
    {"OtherValues",
     "HTTP/1.1 200 OK\r\n\r\n<input name=\"user\" value=\"a\"><i name=\"pin\"><i value=\"b\" "
     "name=pin> "
     "a=\"value=\" pinvalue=\"c\""},
};
INSTANTIATE_TEST_SUITE_P(Markup, StreamRedactorTest, ::testing::ValuesIn(kMarkup), name_of);

constexpr Case kSettings[] = {
    {"Yaml",
     "HTTP/1.1 200 OK\r\n\r\na:\n  password: «b c»\n  - pin: «1»\n- token: «d»\nb: {user: u, "
     "secret: "
     "\"«e»\", pin: 2}\n"},
    {"GraphQl",
     "HTTP/1.1 200 OK\r\n\r\nmutation { login(user: \"u\", password: \"«p\\\"q»\") { token } } "
     "{\"query\":\"{login(\\npin:\\\"«1»\\\",a:\\\"b\\\")}\"}"},
    {"SingleQuotes",
     "HTTP/1.1 200 OK\r\n\r\n{'user': 'u', 'password': '«p \"q»', \"pin\":'«1»', 'a': 'b'} secret "
     ": '«c»'"},
    {"Sections",
     "HTTP/1.1 200 OK\r\n\r\n[db]\npassword = «a b»\nuser = u\ntoken= «c d»\npin=«1» 2\nsecret = "
     "«\"e\" # f»\nb"},
    {"EscapedQuotes",
     "HTTP/1.1 200 OK\r\n\r\nlogin(password=\"«a»\\«\"b»\\\\\") {password: '«it»\\«'s»'} "
     "{\"a\":\"?pin=\\\"«1»\\\" b\"}"},
    {"IndentedSections",
     "HTTP/1.1 200 OK\r\n\r\n[http]\n\textraheader = a\n\tpassword = «a b»\n  token = «c»\nb"},
    {"SectionsOfKnownLength",
     "POST / HTTP/1.1\r\nContent-Length: 29\r\n\r\na=b\npin = «1 2»\ntoken= «c d»\ne=f"},
    {"FirstLineOfKnownLength", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\npin= «1 2»"},
    {"InQuotesWithinALine",
     "HTTP/1.1 200 OK\r\n\r\nvar token = get(); var secret = '«a b»'; <b pin = \"«1»\" c=\"d\"> if "
     "(token == "
     "\"e\")"},
    {"NoneInTargets", "GET /?a=b&c:token:'d'&e=f HTTP/1.1\r\n\r\n"},
    {"NotInForms", "POST / HTTP/1.1\r\nContent-Length: 15\r\n\r\na=b&pin = \"1\"&"},
};
INSTANTIATE_TEST_SUITE_P(Settings, StreamRedactorTest, ::testing::ValuesIn(kSettings), name_of);

constexpr Case kUrls[] = {
    {"Password", "GET / HTTP/1.1\r\nReferer: https://u:«pw»@h:80/a\r\n\r\n"},
    {"NoUser", "HTTP/1.1 200 OK\r\n\r\nredis://:«pw»@h:6379/0 postgres:\\/\\/u:«p»@h"},
    {"Port", "GET / HTTP/1.1\r\nReferer: http://h:‹8080›/a@b\r\nA: https://h:‹443›\r\n\r\n"},
    {"Number", "GET / HTTP/1.1\r\nReferer: redis://:«84213377»@h:80/a\r\n\r\n"},
    {"LastInBody", "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na://h:‹80›HTTP/1.1 200 OK\r\n\r\n"},
    {"WithoutScheme",
     "CONNECT u:«p:w»@h:443 HTTP/1.1\r\nHost: u:«pw»@h:443\r\nA: b\r\nHOST:\t:«pw»@h\r\n\r\n"},
    {"WithoutSchemeBehindBody",
     "POST / HTTP/1.1\r\nHost:u-1:«pw»@h\r\nContent-Length: 1\r\n\r\naCONNECT u:«pw»@h "
     "HTTP/1.1\r\n"},
    {"PortWithoutScheme",
     "CONNECT h:‹443› HTTP/1.1\r\nHost: h:‹443›\r\nA-Host: h:a@b\r\nHost: [::1]:‹80›\r\nA: "
     "b:c@d\r\n\r\n"
     "CONNECTED to:a@b"},
    {"AnyUser",
     "HTTP/1.1 302 F\r\nLocation: http://A\\b:«pw»@h/ \r\nReferer: http://{u}:«pw»@h/\r\n\r\n"
     "http://b\xC3\xB8:«pw»@h "
     "{\"a\":\"http://a\\u0026b:«pw»@h\",\"b\":\"git:\\/\\/A\\\\b:«pw»@h\"}"},
    {"AnyPassword",
     "GET http://u:«it's»@h/ HTTP/1.1\r\nReferer: http://u:«p\\w»@h/\r\n\r\n{\"a\":\"http://"
     "u:«a'\\u0026b\\u003C\\\\»@h\"} http://u:«'12\\x»@h http://u:«1234567\\n'»@h"},
    {"EscapedSlashes",
     "HTTP/1.1 200 "
     "OK\r\n\r\n{\"a\":\"http:\\u002F\\u002fu:«pw»@h\",\"b\":\"a\\u002F\\u002Fu:pw@h\"}"},
    {"PasswordThatBeginsLikeAPort",
     "HTTP/1.1 200 OK\r\n\r\nhttp://u:«12'x»@h {\"a\":\"http://u:«80\\\\x»@h\"} 'http://h:‹80'› "
     "a@b"},
    {"PortInQuotes",
     "HTTP/1.1 200 OK\r\n\r\n['http://h:‹80','a›@b'] \"http://h:‹80\\n'a›@b\" "
     "{\"a\":\"http://h:‹p\\u002fa›@b\","
     "\"b\":\"\\u0022http://h:‹p\\u0022a›@b\"}"},
    {"Address", "GET / HTTP/1.1\r\nReferer: http://[::1]:‹8080›/a@b\r\n\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Urls, StreamRedactorTest, ::testing::ValuesIn(kUrls), name_of);

// The last of them has no length, so that nothing says where it ends.
constexpr Case kForms[] = {
    {"AnyBytes",
     "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 36\r\n"
     "\r\nb\"c=d&pin=«\"a b\"<c>\\u0026»\r\n«\x01e»&f=\"g\""},
    {"Code",
     "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n"
     "\r\ncode=«a»&key=«b»\nPOST / HTTP/1.1\r\nContent-Length: 6\r\n\r\ncode=a"},
    {"Last",
     "POST / HTTP/1.1\r\ncontent-type:Application/X-WWW-Form-URLencoded;charset=utf-8\r\n"
     "Content-Length: 8\r\n\r\n\npin=«a »\nPUT /?token=«a<b» HTTP/1.1\r\n\r\n"},
    {"AsItSeems",
     "POST / HTTP/1.1\r\nContent-Length: 54\r\n\r\na=b&password=«a\"b<c>»&d=\"e\"&pin=\"«a b»\"«c»&"
     "f=g pin=«1»\nh"},
    {"InChunks",
     "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: "
     "chunked\r\n\r\n7\r\n(=&pin=\r\n3\r\n«a b»\r\n5\r\n«\"c»&d=\r\n0\r\n\r\n"},
    {"OfAnotherType",
     "POST / HTTP/1.1\r\nAccept: application/x-www-form-urlencoded\r\nContent-Type: a/b\r\n"
     "Content-Length: 27\r\n\r\n<a href=\"?pin=«1»\"> pin=«1»<br>"},
    {"ThenAnother",
     "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n"
     "\r\npin=«1»POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n<>pin=«1»<>"},
    {"ParagraphsBehind",
     "POST / HTTP/1.1\r\nContent-Length: 27\r\n\r\nuser=u\n\n<a href=\"?pin=«1»\"> b"},
    {"EncodedUrl",
     "POST / HTTP/1.1\r\nContent-Length: 33\r\n\r\nu=%3Fpin%3D«1\"2»‹%26a%3Db›&v=%3Fa%3D"},
    {"EncodedUrlInChunks",
     "POST / HTTP/1.1\r\nTransfer-Encoding: "
     "chunked\r\n\r\n9\r\nu=%3Fpin%\r\n1\r\n3\r\n6\r\nD«1»&a=b"
     "\r\n0\r\n\r\n"},
    {"ThatEndsInPercent",
     "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\npin%3GET /?pin=«1<2» HTTP/1.1\r\n\r\n"},
    {"MessageInAValue",
     "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 64\r\n"
     "\r\nnote=GET / HTTP/1.1\nContent-Length: 3\n\nabc&a=1&password=«a\"secret»"
     "GET /?token=«a<b» HTTP/1.1\r\n\r\n"},
    {"NoLength",
     "HTTP/1.1 200 OK\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\npin=«1»\"b"},
};
INSTANTIATE_TEST_SUITE_P(Forms, StreamRedactorTest, ::testing::ValuesIn(kForms), name_of);

const std::string kPart = "Content-Disposition: form-data; name=";
const std::string kBoundary = "--------0aB";

// As the body of a message that another follows, and as a text of its own.
void expect_redacted_body(const std::string& body) {
    const MarkedText marked(body);
    expect_redacted(
        MarkedText("POST / HTTP/1.1\r\nContent-Length: " + std::to_string(marked.text.size()) +
                   "\r\n\r\n" + body + "GET /?token=«a» HTTP/1.1\r\nB: c\r\n\r\n"));
    std::string text = marked.text;
    RedactionTally tally;
    format::redact_text(text, names(), tally);
    EXPECT_EQ(text, marked.redacted);
}

TEST(StreamRedactorPartsTest, OnlyPartsWithSecretNamesAreOverwritten) {
    expect_redacted_body(kBoundary + "\r\n" + kPart + "\"user\"\r\n\r\nu\r\n" + kBoundary + "\r\n" +
                         kPart + "\"password\"\r\n\r\n«p=; q»\r\n" + kBoundary + "\r\n" + kPart +
                         "\"note\"\r\n\r\nn\r\n" + kBoundary + "--\r\n");
}

TEST(StreamRedactorPartsTest, PartsAreWrittenInManyWays) {
    for (const std::string head :
         {"content-disposition:form-data;NAME=password\r\n",
          "Content-Disposition: form-data; name=\"user[password]\"; filename=\"a=b\"\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n",
          "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"api%2Dkey\"\r\n"}) {
        expect_redacted_body(kBoundary + "\r\n" + head + "\r\n«p»\r\n" + kBoundary + "--\r\n");
    }
}

// The parameters of a header have no order (RFC 2183, 2).
TEST(StreamRedactorPartsTest, NamesStandAnywhereInTheirHeader) {
    const std::string long_name(100, 'f');
    for (const std::string value :
         {" form-data; filename=\"a\"; name=\"password\"", " form-data;\r\n name=\"password\"",
          "\r\n\tform-data\r\n ;name=password", " form-data; name = \"password\"",
          " form-data; name =\tpassword ; a=b", " form-data; name*=UTF-8''password",
          " form-data; name*=UTF-8'en'iban", " form-data; Name*=utf-8''%70in",
          " form-data; name=\"a\"; name*=UTF-8''password", " form-data; name=\"password=a\"",
          " form-data; name=\"\\\"password\"", " form-data; filename=\"; name=a\"; name=\"pin\"",
          " form-data; filename=\"a\\\"b\"; name=\"pin\"", " form-data; name=\"pin\"; filename=\"a",
          " form-data; filename=\"C:\\a\\\"; name=\"pin\"",
          " form-data; filename=\"/?token=«t»\"; name=\"pin\"",
          " form-data; token=\"«t»\"; name=\"pin\"",
          " form-data; filename=\"a%20b\"; name=\"pin\""}) {
        SCOPED_TRACE(value);
        expect_redacted_body(kBoundary + "\r\nContent-Disposition:" + value + "\r\n\r\n«p»\r\n" +
                             kBoundary + "--\r\n");
    }
    expect_redacted_body(kBoundary + "\r\nContent-Disposition: form-data; filename=\"" + long_name +
                         "\"; name=\"" + long_name + "[password]\"\r\n\r\n«p»\r\n" + kBoundary +
                         "--\r\n");
}

TEST(StreamRedactorPartsTest, WhatIsNoNameOfAPart) {
    for (const std::string value :
         {" form-data; name=\"a\"; filename=\"b; name=password\"",
          " form-data; filename=\"; name=\\\"password\\\"\"; name=\"a\"",
          " form-data; name=\"a\"; filename=\"password\"", " form-data; name=a; filename=pin",
          " form-data; name=\"a\"\r\nX-Other: b; name=password",
          " form-data; name=\"a\\\"; b=\"; filename=\"pin\"", " form-data; name=\r\nA: password"}) {
        SCOPED_TRACE(value);
        expect_redacted_body(kBoundary + "\r\nContent-Disposition:" + value + "\r\n\r\np\r\n" +
                             kBoundary + "--\r\n");
    }
}

void append(MarkedText& marked, std::string_view more) {
    const MarkedText behind(more);
    marked.text += behind.text;
    marked.redacted += behind.redacted;
    marked.optional += behind.optional;
}

TEST(StreamRedactorPartsTest, TheirBodyIsAnnouncedInManyWays) {
    const MarkedText body(kBoundary + "\r\n" + kPart + "pin\r\n\r\n«1»\r\n" + kBoundary + "--\r\n");
    const std::string size = std::to_string(body.text.size());
    for (const std::string& length :
         {size + ", " + size, size + "," + size + " ,\t" + size, std::string(30, '0') + size}) {
        SCOPED_TRACE(length);
        MarkedText marked("POST / HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n");
        marked.text += body.text;
        marked.redacted += body.redacted;
        marked.optional += body.optional;
        append(marked, "GET /?token=«a» HTTP/1.1\r\n\r\n");
        expect_redacted(marked);
    }
}

TEST(StreamRedactorPartsTest, AValueGoesOnToTheBoundary) {
    expect_redacted_body(kBoundary + "\r\n" + kPart +
                         "\"secret\"\r\n\r\n-----«BEGIN KEY-----»\r\n\r\n«ab»\n«12»\r\n--------0«X»"
                         "\r\n-----«END KEY-----»\r\n" +
                         kBoundary + "\r\n" + kPart + "\"a\"\r\n\r\nb\r\n" + kBoundary + "--\r\n");
}

TEST(StreamRedactorPartsTest, AnEmptyValueIsNone) {
    expect_redacted_body(kBoundary + "\r\n" + kPart + "\"pin\"\r\n\r\n\r\n" + kBoundary +
                         "--\r\nend");
}

TEST(StreamRedactorPartsTest, WhatEndsWithinAPartEndsWithTheBody) {
    for (const std::string end : {"\"pass", "\"password\"\r\n", "\"password\"\r\n\r\n«p»",
                                  "\"password\"\r\n\r\n«p»\r\n----"}) {
        expect_redacted_body(kBoundary + "\r\n" + kPart + end);
    }
}

TEST(StreamRedactorPartsTest, WhatOnlyLooksLikeAPartIsNone) {
    expect_redacted_body(kPart + "\"password\"\r\n\r\nno boundary\r\n");
    expect_redacted_body(kBoundary + "\r\n{\"a\":\"" + kPart + "\"password\"\r\n\r\nb\r\n");
}

// What is between is taken for the value.
TEST(StreamRedactorPartsTest, MissingBytesOfAPart) {
    const std::string before = kBoundary + "\r\n" + kPart + "\"password\"";
    const std::string after = "rest\r\n" + kBoundary + "\r\nb\r\n";
    std::string text =
        "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(before.size() + 10 + after.size()) +
        "\r\n\r\n" + before;
    StreamState state;
    RedactionTally tally;
    format::redact_stream(text, state, names(), tally);
    EXPECT_TRUE(text.ends_with(before));
    state.skip(10);
    std::string rest = after;
    format::redact_stream(rest, state, names(), tally);
    EXPECT_EQ(rest, "XXXX\r\n" + kBoundary + "\r\nb\r\n");
}

// The name is perhaps among them.
TEST(StreamRedactorPartsTest, MissingBytesOfTheHeaderWithTheName) {
    const std::string before = kBoundary + "\r\nContent-Disposition: form-data; file";
    std::string text = "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + before;
    StreamState state;
    RedactionTally tally;
    format::redact_stream(text, state, names(), tally);
    state.skip(10);
    std::string rest = "rest\r\n" + kBoundary + "\r\nb\r\n";
    format::redact_stream(rest, state, names(), tally);
    EXPECT_EQ(rest, "XXXX\r\n" + kBoundary + "\r\nb\r\n");
}

// An answer to HEAD announces what does not come: the length says nothing of the next response.
TEST(StreamRedactorHeadTest, WhatIsAnnouncedEndsNothing) {
    const std::string next =
        "HTTP/1.1 302 Found\r\nX-Auth-Token:\r\n «a b»\r\nX-Api-Key: «c»\r\n\t«d»\r\n"
        "Location: /x?next=%2Fy%26token%3D«e»‹%26a%3Db›&pin=«f»\r\n\r\n";
    for (std::size_t length = 1; length < next.size(); ++length) {
        const MarkedText marked("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) +
                                "\r\n\r\n" + next);
        EXPECT_EQ(with_optional(redacted(marked.text, {}), marked), marked.redacted) << length;
    }
}

// `missing` bytes of the text from `at` on.
std::string redacted_with_gap(const std::string& text, std::size_t at, std::size_t missing) {
    StreamState state;
    RedactionTally tally;
    std::string result = text.substr(0, at) + text.substr(at + missing);
    format::redact_stream(std::span(result).first(at), state, names(), tally);
    state.skip(missing);
    format::redact_stream(std::span(result).subspan(at), state, names(), tally);
    return result.substr(at);
}

TEST(StreamRedactorPartsTest, MissingBytesOfAHeadBeforeItsName) {
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n";
    const std::string begun = head + kBoundary + "\r\n";
    const std::string rest = "\r\na\r\n\r\nb\r\n" + kBoundary + "\r\nc\r\n";
    const std::string redacted = "\r\nX\r\n\r\nX\r\n" + kBoundary + "\r\nc\r\n";
    for (const std::string more : {"", "Cont", "Content-Type: a/b\r\n", "X-Token: t"})
        EXPECT_EQ(redacted_with_gap(begun + more + "gap" + rest, begun.size() + more.size(), 3),
                  redacted);
    for (const std::string more : {"A: b\r\n\r\nvalue", "\r\n"})
        EXPECT_EQ(redacted_with_gap(begun + more + "gap" + rest, begun.size() + more.size(), 3),
                  rest);
}

TEST(StreamRedactorPartsTest, MarkupBeginsInAPart) {
    expect_redacted_body(
        kBoundary + "\r\n" + kPart + "\"file\"\r\n\r\n<a><password>«p»</password></a>\r\n" +
        kBoundary + "\r\n" + kPart + "\"note\"\r\n\r\nuse <token> now\r\n" + kBoundary + "--\r\n");
}

// A body ends where its length says, whatever messages are written down in it.
TEST(StreamRedactorPartsTest, AMessageInAPartIsNoMessage) {
    for (const std::string message :
         {"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "GET /a HTTP/1.1\nHost: h\n\nb",
          "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "10:00 GET /a HTTP/1.1\n\n10:01 b",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"}) {
        expect_redacted_body(kBoundary + "\r\n" + kPart + "\"note\"\r\n\r\n" + message + "\r\n" +
                             kBoundary + "\r\n" + kPart + "\"password\"\r\n\r\n«p q»\r\n" +
                             kBoundary + "--\r\n");
    }
}

// How chunks are written: how much is in one, and what is around sizes and at the end of lines.
struct ChunkStyle {
    std::size_t size = 1;
    const char* zeros = "";
    const char* extension = "";
    const char* line_end = "\r\n";
};

constexpr ChunkStyle kChunkStyles[] = {
    {},
    {.size = 2, .line_end = "\n"},
    {.size = 3, .extension = " \t"},
    {.size = 5, .extension = " ; pin; a"},
    {.size = 7, .zeros = "00000000000000000000000000"},
    {.size = 26, .extension = ";\xFF\r ", .line_end = "\n"},
    {.size = 1000},
};

std::string in_chunks(std::string_view body, const ChunkStyle& style) {
    std::ostringstream chunks;
    const auto put_size = [&](std::size_t size) {
        chunks << style.zeros << std::hex << size << style.extension << style.line_end;
    };
    for (; !body.empty(); body.remove_prefix(std::min(style.size, body.size()))) {
        const std::string_view data = body.substr(0, style.size);
        put_size(data.size());
        chunks << data << style.line_end;
    }
    put_size(0);
    return chunks.str();
}

constexpr std::string_view kChunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kNext = "\r\nGET /?token=«a» HTTP/1.1\r\nB: c\r\n\r\n";

void expect_redacted_in_chunks(const std::string& body, std::string_view head = kChunked,
                               std::string_view behind = kNext) {
    const MarkedText data(body);
    for (const ChunkStyle& style : kChunkStyles) {
        SCOPED_TRACE(in_chunks(data.text, style));
        MarkedText marked(head);
        marked.text += in_chunks(data.text, style);
        marked.redacted += in_chunks(data.redacted, style);
        marked.optional += in_chunks(data.optional, style);
        append(marked, behind);
        expect_redacted(marked);
    }
}

TEST(StreamRedactorChunksTest, DataIsReadAsOne) {
    for (const char* body :
         {"user=u&password=«p»&a=b", "password=«abc»", "a\r\nX-Token: «t»\r\nb: c\r\n",
          "{\"a\":5,\"password\":\"«p\\\"q»\",\"b\":\"c\"}", "see https://u:«pw»@h/a",
          "{\"tokens\":[\"«a»\", \"«b»\"],\"c\":[\"d\"]}", "no secret", ""}) {
        expect_redacted_in_chunks(body);
    }
}

TEST(StreamRedactorChunksTest, ValuesOfExtensionsAreOverwritten) {
    for (const char* line : {"2;token=«secret»", "2 ; a = \"«b;c»\" ;d;e=«f»",
                             "2;a=\"«12;\\\"»\";b", "2;a=«\\x=y»", "2;a"}) {
        expect_redacted(MarkedText("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                   std::string(line) + "\r\nhi\r\n0;z=«1»\r\nA: b\r\n\r\n"));
    }
}

TEST(StreamRedactorChunksTest, PartsOfFormsAreFoundInThem) {
    expect_redacted_in_chunks(kBoundary + "\r\n" + kPart + "\"user\"\r\n\r\nu\r\n" + kBoundary +
                              "\r\n" + kPart + "\"password\"\r\n\r\n«p=; q»\r\n\r\n«5»\r\n«r»\r\n" +
                              kBoundary + "\r\n" + kPart + "\"note\"\r\n\r\nn\r\n" + kBoundary +
                              "--\r\n");
    expect_redacted_in_chunks(kBoundary + "\r\n" + kPart + "\"password\"\r\n\r\n«p»");
}

TEST(StreamRedactorChunksTest, TheyAreAnnouncedInManyWays) {
    for (const char* line :
         {"Transfer-Encoding: chunked\r\nContent-Length: 3", "transfer-encoding:CHUNKED \t",
          "Transfer-Encoding: chunked, ,",
          "Content-Length: 3\r\nTransfer-Encoding : gzip, chunked\r\nX-Token: «t»"}) {
        const std::string head = "HTTP/1.1 200 OK\r\n" + std::string(line) + "\r\n\r\n";
        expect_redacted_in_chunks("&password=«abc»&d=e", head);
    }
}

TEST(StreamRedactorChunksTest, TrailersAreHeaders) {
    expect_redacted_in_chunks("password=«abc»", kChunked,
                              "X-Token: «t»\r\nContent-Length: 90\r\nA: b\r\n\r\nHTTP/1.1 200 "
                              "OK\r\nSet-Cookie: ‹a›=«b»\r\n\r\n");
}

TEST(StreamRedactorChunksTest, WhatIsInNoChunksAfterAll) {
    for (const char* behind :
         {"HTTP/1.1 200 OK\r\nSet-Cookie: ‹a›=«b»\r\n\r\n", "access_token=«abc»", "api-key=«abc»",
          "Cookie: ‹a›=«b»\r\n\r\n", "password=«abc»\r\n5\r\n«defgh»\r\n0\r\n\r\n",
          "DELETE /?token=«a» HTTP/1.1\r\nCookie: ‹a›=«b»\r\n\r\n",
          "2\r\nabGET /?token=«a» HTTP/1.1\r\nCookie: ‹a›=«b»\r\n\r\n",
          "5\r\npin=«1»GET /?token=«a» HTTP/1.1\r\nCookie: ‹a›=«b»\r\n\r\n",
          "5\r\npin=«1»\r\nGET /?token=«a» HTTP/1.1\r\nCookie: ‹a›=«b»\r\n\r\n",
          "12345678901234567\r\npassword=«abc»\r\n", "5\rpassword=«abc»\r\n"}) {
        MarkedText marked(kChunked);
        append(marked, behind);
        expect_redacted(marked);
    }
}

TEST(StreamRedactorChunksTest, AnAnswerToHeadHasNoneAndTheNextOneHas) {
    expect_redacted_in_chunks("password=«abc»",
                              "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTTP/1.1 200 "
                              "OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(StreamRedactorChunksTest, WhatIsAPortAtItsEndMayBeHalfAPassword) {
    expect_redacted_in_chunks("redis://:«84213377»@h/");
}

TEST(StreamRedactorChunksTest, MissingDataOfAChunk) {
    const std::string head(kChunked);
    const std::string text =
        head + "10 \r\nuser=u&password=\r\n3 \r\nabc\r\n6 \r\nd&pin=\r\n1 \r\n5\r\n0\r\n\r\n";
    const std::size_t first = head.size() + 5;
    EXPECT_EQ(redacted_with_gap(text, first, 6),
              "&password=\r\n3 \r\nXXX\r\n6 \r\nX&pin=\r\n1 \r\nX\r\n0\r\n\r\n");
    EXPECT_EQ(redacted_with_gap(text, first, 16),
              "\r\n3 \r\nabc\r\n6 \r\nd&pin=\r\n1 \r\nX\r\n0\r\n\r\n");
    EXPECT_EQ(redacted_with_gap(text, first + 22, 2), "X\r\n6 \r\nX&pin=\r\n1 \r\nX\r\n0\r\n\r\n");
}

// Where the framing is, is not known any more; nor where the part ends.
TEST(StreamRedactorChunksTest, MissingFramingWithinAPart) {
    const std::string text =
        std::string(kChunked) + "100\r\n" + kBoundary + "\r\n" + kPart + "\"password\"\r\n\r\nabc";
    EXPECT_EQ(redacted_with_gap(text + std::string(300, 'z') + "secret\r\nGET / HTTP/1.1\r\n",
                                text.size(), 300),
              "XXXXXX\r\nGET / HTTP/1.1\r\n");
}

// Behind the end of a form nothing would end its value.
TEST(StreamRedactorGapTest, BeyondAFormEndsLikeText) {
    const std::string head =
        "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        "9\r\n\r\npin=";
    EXPECT_EQ(redacted_with_gap(head + "abcdefg hi", head.size(), 6), "X hi");
    EXPECT_EQ(redacted_with_gap(head + "abcde", head.size(), 3), "XX");
}

TEST(StreamRedactorGapTest, ANameThatIsCutIsOneOfASecret) {
    const std::string head = "POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n";
    EXPECT_EQ(redacted_with_gap(head + "u=%3Fabcpin%3Dd&e%3Df", head.size() + 5, 3),
              "pin%3DX&e%3Df");
    EXPECT_EQ(redacted_with_gap(head + "u=pin%%3D&e=f", head.size() + 6, 1), "3D&e=f");
}

TEST(StreamRedactorGapTest, WithinAHeadHidesTheRestOfALineUpToAMessage) {
    const std::string head = "POST / HTTP/1.1\r\nContent-Le";
    EXPECT_EQ(redacted_with_gap(head + "gapab\r\nc\r\n", head.size(), 3), "XX\r\nc\r\n");
    EXPECT_EQ(redacted_with_gap(head + "gapabHTTP/1.1 200 OK\r\n", head.size(), 3),
              "XXHTTP/1.1 200 OK\r\n");
    EXPECT_EQ(redacted_with_gap(head + "gapabPUT /?pin=c<d HTTP/1.1\r\n", head.size(), 3),
              "XXPUT /?pin=XXX HTTP/1.1\r\n");
}

TEST(StreamRedactorGapTest, InATextEndsNoPort) {
    std::string text = "redis://:8421";
    StreamState state = StreamState::of_text();
    RedactionTally tally;
    format::redact_stream(text, state, names(), tally);
    EXPECT_EQ(text, "redis://:XXXX");
    std::string whole = "http://h:8421";
    format::redact_text(whole, names(), tally);
    EXPECT_EQ(whole, "http://h:8421");
}

TEST(StreamRedactorGapTest, WithinAStartLineIsWithinAHead) {
    const std::string body = "\r\n" + kBoundary + "\r\n" + kPart + "\"pin\"\r\n\r\n";
    const std::string head = "Host: h\r\nContent-Length: " + std::to_string(body.size() + 3);
    for (const std::string start :
         {"POST / HT", "POST / HTTP/1.1\r", "HTTP/1.", "HTTP/1.1 200 OK\r"}) {
        const std::string rest = start.ends_with('\r') ? "\n" : "T\r\n";
        EXPECT_EQ(redacted_with_gap(start + "g" + rest + head + "\r\n\r\n" + body + "123",
                                    start.size(), 1)
                      .substr(rest.size()),
                  head + "\r\n\r\n" + body + "XXX");
    }
    const std::string start = "HTTP/1.1 200 OK\r";
    EXPECT_EQ(redacted_with_gap(start + "\nX-Auth-Token: abc\r\nA: b\r\n", start.size(), 1),
              "XXXXXXXXXXXX? XXX\r\nA: b\r\n");
}

TEST(StreamRedactorGapTest, AMessageAtTheBeginningOfAPieceEndsTheValueBeforeIt) {
    const std::string next = "GET /b HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    for (const std::string& message : {next, answer}) {
        const MarkedText unannounced("POST / HTTP/1.1\r\nHost: h\r\n\r\ntoken=«abc»");
        EXPECT_EQ(redacted(unannounced.text + message, {unannounced.text.size()}),
                  unannounced.redacted + message);
        const std::string lost = "POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n{\"pin\":\"abc";
        EXPECT_EQ(redacted_with_gap(lost + std::string(50, 'g') + message, lost.size(), 50),
                  message);
    }
}

TEST(StreamRedactorGapTest, WithinATargetHidesTheRestOfTheValue) {
    EXPECT_EQ(redacted_with_gap("GET /?pin=abc<d&e=f<g HTTP/1.1\r\n", 11, 1),
              "XXX&e=f<g HTTP/1.1\r\n");
    EXPECT_EQ(redacted_with_gap("GET /?a=b&pin=abc<d", 2, 2), "/?a=b&pin=XXX<d");
}

TEST(StreamRedactorTallyTest, CountsValuesAndTheirBytesByKind) {
    RedactionTally tally;
    StreamState state;
    std::string text =
        "GET /?token=abc&a=b HTTP/1.1\r\nCookie: a=12; b=34; c=\r\nX-Token: t\r\n  u\r\n\r\n"
        "{\"pin\":12,\"tokens\":[\"a\",\"b\"]} http://u:pw@h/";
    format::redact_stream(std::span(text).first(16), state, names(), tally);
    format::redact_stream(std::span(text).subspan(16), state, names(), tally);
    const auto counters = tally.counters();
    ASSERT_EQ(counters.size(), 4U);
    EXPECT_EQ(counters[0].cause, "redacted-header");
    EXPECT_EQ(counters[0].records, 3U);
    EXPECT_EQ(counters[0].bytes, 7U);  // the second space of the continuation included
    EXPECT_EQ(counters[1].cause, "redacted-parameter");
    EXPECT_EQ(counters[1].records, 1U);
    EXPECT_EQ(counters[1].bytes, 3U);
    EXPECT_EQ(counters[2].cause, "redacted-field");
    EXPECT_EQ(counters[2].records, 3U);
    EXPECT_EQ(counters[2].bytes, 4U);
    EXPECT_EQ(counters[3].cause, "redacted-password");
    EXPECT_EQ(counters[3].records, 1U);
    EXPECT_EQ(counters[3].bytes, 2U);
}

// Whatever the bytes are: it ends, and only writes the filler, never over the end of a line.
TEST(StreamRedactorHostileTest, AnyBytesInAnyPieces) {
    const std::vector<std::string> parts = {"token",
                                            "=",
                                            ":",
                                            "\"",
                                            "\\",
                                            "\r\n",
                                            "\n",
                                            " ",
                                            "5",
                                            "0",
                                            "HTTP/1.1 200 OK",
                                            "GET / HTTP/1.1",
                                            "\r\n\r\nGET  /?token=",
                                            "Referer:",
                                            "Cookie:",
                                            "Set-Cookie:",
                                            ";",
                                            "a",
                                            "[",
                                            "{",
                                            "}",
                                            "]",
                                            ",",
                                            "://u:",
                                            "@",
                                            "\"pin\":",
                                            "Content-Length: 9",
                                            "Content-Length: 90\r\n\r\n",
                                            "Transfer-Encoding: chunked\r\n\r\n",
                                            "2 ;a\n",
                                            "\r\nc\r\n",
                                            "--a",
                                            "\r\nContent-Disposition: form-data; name",
                                            "; name*",
                                            "Content-Type: application/x-www-form-urlencoded\r\n",
                                            "\r\n\r\n",
                                            "\xFF",
                                            "\t",
                                            "&",
                                            "%",
                                            "3D",
                                            "25",
                                            "\\u00",
                                            "\\u003d",
                                            "\\u0022",
                                            "pin\\u0022:\\u0022",
                                            "'",
                                            "\r\n\r\n<a>",
                                            "<pin>",
                                            "<!",
                                            "</",
                                            "pin = ",
                                            "\n- pin: ",
                                            "{pin:",
                                            "3d",
                                            "%26"};
    std::uint32_t random = 1;
    const auto next = [&](std::size_t below) {
        random = random * 1664525U + 1013904223U;
        return (random >> 8) % below;
    };
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (std::size_t i = next(40); i > 0; --i)
            text += parts[next(parts.size())];
        const std::string original = text;
        StreamState state;
        RedactionTally tally;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t size = std::min(1 + next(20), text.size() - begin);
            if (next(8) == 0) state.skip(next(12));
            format::redact_stream(std::span(text).subspan(begin, size), state, names(), tally);
            begin += size;
        }
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == original[i]) continue;
            ASSERT_TRUE(text[i] == 'X' || text[i] == '?') << original;
            ASSERT_TRUE(original[i] != '\r' && original[i] != '\n') << original;
        }
    }
}

}  // namespace
}  // namespace httpprof::test
