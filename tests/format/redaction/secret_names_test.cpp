// Which names are those of secrets.
#include "format/redaction/secret_names.h"

#include <gtest/gtest.h>

namespace httpprof::test {
namespace {

using format::SecretNames;

TEST(SecretNamesTest, Headers) {
    SecretNames names;
    for (const char* name : {"Authorization",
                             "proxy-authorization",
                             "Cookie",
                             "SET-COOKIE",
                             "X-Api-Key",
                             "X-Auth-Token",
                             "X-Amz-Security-Token",
                             "X-Vault-Token",
                             "DD-API-KEY",
                             "PRIVATE-TOKEN",
                             "X-Auth-User",
                             "X-Hub-Signature-256",
                             "Ocp-Apim-Subscription-Key",
                             "X-Session",
                             "X-Client-Secret",
                             "DD-APPLICATION-KEY",
                             "Fastly-Key",
                             "aeg-sas-key",
                             "X-JFrog-Art-Api",
                             "X-Amz-Server-Side-Encryption-Customer-Key",
                             "X-WSSE",
                             "Cookie2",
                             "X-Honeycomb-Team",
                             "X-Identity-Header",
                             "X-User-Pass"})
        EXPECT_TRUE(names.is_header(name)) << name;
    for (const char* name :
         {"Host", "Authority", "Author", "WWW-Authenticate", "Proxy-Authenticate", "ETag",
          "Authentication-Info", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
          "Sec-WebSocket-Key", "Surrogate-Key", "Idempotency-Key", "Passenger", "X-Pinned", "Key",
          "X-Cache-Key", "Public-Key", "X-Bypass", ""})
        EXPECT_FALSE(names.is_header(name)) << name;
}

TEST(SecretNamesTest, Parameters) {
    SecretNames names;
    for (const char* name : {"access_token",
                             "token",
                             "password",
                             "userPassword",
                             "passwd",
                             "api_key",
                             "apiKey",
                             "client_secret",
                             "sig",
                             "signature",
                             "X-Amz-Signature",
                             "id_token",
                             "user[password]",
                             "sid",
                             "otp",
                             "SAMLResponse",
                             "SAMLart",
                             "app_key",
                             "applicationKey",
                             "write_key",
                             "consumer_key",
                             "licenseKey",
                             "device_code",
                             "totp",
                             "mfa_code",
                             "userpass",
                             "newpwd",
                             "pwd2",
                             "rootpw",
                             "pin1"})
        EXPECT_TRUE(names.is_parameter(name)) << name;
    for (const char* name : {"user", "key", "code", "token_type", "expires_in", "design", "inside",
                             "authorization_endpoint", "token_count", "monkey", "spin", "cache_key",
                             "bypass", "sort_key"})
        EXPECT_FALSE(names.is_parameter(name)) << name;
    EXPECT_TRUE(names.is_query_parameter("code"));
    EXPECT_TRUE(names.is_query_parameter("key"));
    EXPECT_TRUE(names.is_query_parameter("token"));
    EXPECT_FALSE(names.is_query_parameter("barcode"));
    EXPECT_TRUE(names.is_often_number("max_tokens"));
    EXPECT_FALSE(names.is_often_number("token"));
}

TEST(SecretNamesTest, Variables) {
    const SecretNames names;
    for (const char* name : {"GITHUB_TOKEN",
                             "DB_PASS",
                             "MYSQL_PWD",
                             "PGPASSWORD",
                             "AWS_SECRET_ACCESS_KEY",
                             "API_KEY",
                             "REDISCLI_AUTH",
                             "SENTRY_DSN",
                             "SESSION_COOKIE",
                             "SSH_PRIVATE",
                             "GOOGLE_CREDENTIALS",
                             "DBPASS",
                             "CREDS",
                             "GITHUB_PAT",
                             "SESSION",
                             "OAUTH",
                             "APP_SESSION",
                             "API_BEARER",
                             "SSHPASS",
                             "LDAPPASS",
                             "ROOTPW",
                             "SMTP_USERPWD",
                             "SEGMENT_WRITEKEY",
                             "LICENSEKEY",
                             "WPA_PSK",
                             "TOTP_SEED",
                             "IDENTITY_HEADER",
                             "AUTH2",
                             "PIN",
                             "SIM_PIN",
                             "OTP",
                             "CARD_CVV"})
        EXPECT_TRUE(names.is_variable(name)) << name;
    for (const char* name :
         {"PATH", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "XDG_SESSION_ID", "AUTHOR", "KEYBOARD",
          "MONKEY", "COMPASS", "TOKENIZERS_PARALLELISM", "PATTERN", "DESKTOP_SESSION",
          "SESSION_MANAGER", "OAUTH_URL", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_TYPE", "HOTKEY",
          "COMPASS_URL", "PIN_VERSION"})
        EXPECT_FALSE(names.is_variable(name)) << name;
}

TEST(SecretNamesTest, Options) {
    const SecretNames names({.headers = {}, .variables = {}, .parameters = {"Pet"}});
    for (const char* name :
         {"--password", "-pass", "--api-key", "--auth-token", "--oauth2-bearer", "--pet",
          "--storepass", "-keypass", "--userpass", "--otp", "--pin", "--psk"})
        EXPECT_TRUE(names.is_option(name)) << name;
    for (const char* name : {"--key", "-p", "--port", "--password-stdin", "--author",
                             "--pin-memory", "--bypass", "--"})
        EXPECT_FALSE(names.is_option(name)) << name;
}

TEST(SecretNamesTest, AdditionalOnesAreThereWholeAndInAnyCase) {
    SecretNames names({.headers = {"X-Who"}, .variables = {"Who"}, .parameters = {"WHO"}});
    EXPECT_TRUE(names.is_header("x-WHO"));
    EXPECT_FALSE(names.is_header("x-who-else"));
    EXPECT_TRUE(names.is_parameter("who"));
    EXPECT_TRUE(names.is_variable("WHO"));
    EXPECT_FALSE(names.is_variable("WHOM"));
}

}  // namespace
}  // namespace httpprof::test
