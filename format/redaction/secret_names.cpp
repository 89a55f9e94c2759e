#include "format/redaction/secret_names.h"

#include <algorithm>
#include <functional>
#include <span>

#include "format/characters.h"

namespace httpprof::format {
namespace {

// A name as its words in lower case, with a dash before, between and after them:
// "X_API_KEY" is "-x-api-key-", "accessToken2" is "-access-token-2-".
std::string words_of(std::string_view name) {
    std::string words = "-";
    char before = '-';
    for (const char c : name) {
        const bool in_word = is_letter(c) || is_digit(c);
        const bool is_upper = c != to_lower(c);
        const bool begins_word =
            (is_upper && before == to_lower(before)) || (is_digit(c) && is_letter(before));
        if (begins_word && words.back() != '-') words += '-';
        if (in_word) words += to_lower(c);
        if (!in_word && words.back() != '-') words += '-';
        before = c;
    }
    if (words.back() != '-') words += '-';
    return words;
}

std::string joined(std::string words) {
    std::erase(words, '-');
    return words;
}

bool has_any(std::string_view text, std::span<const std::string_view> parts) {
    return std::ranges::any_of(parts,
                               [&](std::string_view part) { return text.find(part) != text.npos; });
}

bool ends_in_any(std::string_view text, std::span<const std::string_view> ends) {
    return std::ranges::any_of(ends, [&](std::string_view end) { return text.ends_with(end); });
}

bool is_one_of(std::string_view text, std::span<const std::string_view> names) {
    return std::ranges::find(names, text) != names.end();
}

// Wherever these stand in a name, however its words are divided.
constexpr std::array<std::string_view, 50> kParts = {"creds",          "token",
                                                     "secret",         "password",
                                                     "passwd",         "passphrase",
                                                     "passcode",       "credential",
                                                     "apikey",         "privatekey",
                                                     "accesskey",      "authkey",
                                                     "sharedkey",      "masterkey",
                                                     "encryptionkey",  "signingkey",
                                                     "clientkey",      "accountkey",
                                                     "sessionkey",     "subscriptionkey",
                                                     "functionskey",   "appkey",
                                                     "applicationkey", "writekey",
                                                     "licensekey",     "deploykey",
                                                     "insertkey",      "consumerkey",
                                                     "customerkey",    "sessionid",
                                                     "sessid",         "jwt",
                                                     "signature",      "authorization",
                                                     "authentication", "samlresponse",
                                                     "samlart",        "devicecode",
                                                     "mfacode",        "recoverycode",
                                                     "backupcode",     "verificationcode",
                                                     "securitycode",   "accesscode",
                                                     "presharedkey",   "jfrogartapi",
                                                     "xwsse",          "honeycombteam",
                                                     "identityheader", "oidcdata"};

// What ends a word that is one, but for some words of the language.
constexpr std::array<std::string_view, 3> kEndsOfWords = {"pass", "pwd", "pw"};
constexpr std::array<std::string_view, 6> kOtherWords = {"compass",   "bypass",   "overpass",
                                                         "underpass", "trespass", "multipass"};

// Parts of other words, so only as words of their own.
constexpr std::array<std::string_view, 16> kWords = {
    "-auth-", "-sig-",  "-sid-",      "-otp-",  "-pin-", "-session-", "-assertion-", "-cookie-",
    "-csrf-", "-xsrf-", "-verifier-", "-totp-", "-psk-", "-hmac-",    "-cvv-",       "-cvc-"};

// Last words only: with others behind them it is rather an address or a path.
constexpr std::array<std::string_view, 4> kVariableEnds = {"-session-", "-pat-", "-oauth-",
                                                           "-bearer-"};

constexpr std::array<std::string_view, 6> kVariableWords = {"-auth-", "-dsn-", "-cookie-",
                                                            "-totp-", "-psk-", "-hmac-"};
constexpr std::array<std::string_view, 5> kVariableKeyWords = {"-key-", "-keys-", "-private-",
                                                               "-salt-", "-sig-"};
constexpr std::array<std::string_view, 3> kOptionWords = {"-auth-", "-cookie-", "-bearer-"};
// Of options and variables.
constexpr std::array<std::string_view, 6> kLastWords = {"-otp-", "-totp-", "-pin-",
                                                        "-psk-", "-cvv-",  "-cvc-"};

// Most keys are secret, even where the name is joined, but for these words and those before them.
constexpr std::array<std::string_view, 1> kKeyEnd = {"key"};
constexpr std::array<std::string_view, 6> kOtherKeyWords = {"monkey", "turkey",  "hotkey",
                                                            "donkey", "whiskey", "passkey"};
constexpr std::array<std::string_view, 11> kOpenKeyHeaders = {
    "-surrogate-key-", "-idempotency-key-", "-cache-key-",  "-partition-key-",
    "-routing-key-",   "-primary-key-",     "-sort-key-",   "-public-key-",
    "-hash-key-",      "-message-key-",     "-request-key-"};

// What is said about a secret, and is none.
constexpr std::array<std::string_view, 12> kAboutSecrets = {
    "-type-",  "-endpoint-",   "-supported-", "-expires-", "-expires-in-", "-expires-at-",
    "-count-", "-expiration-", "-tokenizer-", "-expiry-",  "-ttl-",        "-length-"};

// Challenges, and what a server says about an authentication (RFC 9110, 11.6 and 11.7).
constexpr std::array<std::string_view, 4> kOpenHeaders = {
    "-www-authenticate-", "-proxy-authenticate-", "-authentication-info-",
    "-proxy-authentication-info-"};

// The working directories of a shell, the path of a socket, a small number, a desktop.
constexpr std::array<std::string_view, 5> kOpenVariables = {
    "-pwd-", "-oldpwd-", "-ssh-auth-sock-", "-xdg-session-id-", "-desktop-session-"};

// Whether one of its words ends in one of these and is none of the others.
bool has_word_ending_in(std::string_view words, std::span<const std::string_view> ends,
                        std::span<const std::string_view> others) {
    while (words.size() > 1) {
        words.remove_prefix(1);
        const std::string_view word = words.substr(0, words.find('-'));
        if (ends_in_any(word, ends) && !is_one_of(word, others)) return true;
        words.remove_prefix(word.size());
    }
    return false;
}

bool looks_secret(const std::string& words, std::span<const std::string_view> own_words) {
    if (ends_in_any(words, kAboutSecrets)) return false;
    return has_any(words, own_words) || has_any(joined(words), kParts) ||
           has_word_ending_in(words, kEndsOfWords, kOtherWords);
}

bool looks_secret_in_message(const std::string& words) {
    if (is_one_of(words, kOpenHeaders)) return false;
    if (words.starts_with("-access-control-") || words.starts_with("-sec-")) return false;
    return looks_secret(words, kWords);
}

bool is_key_header(const std::string& words) {
    return words.ends_with("-key-") && words != "-key-" && !words.starts_with("-sec-") &&
           !ends_in_any(words, kOpenKeyHeaders);
}

void lower_all(std::vector<std::string>& names) {
    for (std::string& name : names)
        name = lower_case(name);
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, lower_case(name)) != names.end();
}

}  // namespace

SecretNames::SecretNames(const AdditionalNames& additional) : additional_(additional) {
    lower_all(additional_.headers);
    lower_all(additional_.variables);
    lower_all(additional_.parameters);
}

bool SecretNames::is_header(std::string_view name) {
    return judge(name).header;
}

bool SecretNames::is_parameter(std::string_view name) {
    return judge(name).parameter;
}

bool SecretNames::is_query_parameter(std::string_view name) {
    return judge(name).query_parameter;
}

bool SecretNames::is_often_number(std::string_view name) {
    return judge(name).often_number;
}

bool SecretNames::is_variable(std::string_view name) const {
    if (contains(additional_.variables, name)) return true;
    const std::string words = words_of(name);
    if (is_one_of(words, kOpenVariables) || words.starts_with("-tokenizers-")) return false;
    return has_any(words, kVariableKeyWords) || ends_in_any(words, kVariableEnds) ||
           ends_in_any(words, kLastWords) || has_word_ending_in(words, kKeyEnd, kOtherKeyWords) ||
           looks_secret(words, kVariableWords);
}

bool SecretNames::is_option(std::string_view name) const {
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    if (contains(additional_.parameters, name)) return true;
    const std::string words = words_of(name);
    if (words.ends_with("-stdin-")) return false;
    return ends_in_any(words, kLastWords) || looks_secret(words, kOptionWords);
}

const SecretNames::Verdict& SecretNames::judge(std::string_view name) {
    Verdict& verdict = recent_[std::hash<std::string_view>()(name) % recent_.size()];
    if (verdict.name == name) return verdict;
    const std::string words = words_of(name);
    verdict.name = name;
    const bool is_secret = contains(additional_.headers, name) || looks_secret_in_message(words);
    verdict.header = is_secret || is_key_header(words);
    verdict.parameter = is_secret || contains(additional_.parameters, name);
    verdict.query_parameter = verdict.parameter || words == "-code-" || words == "-key-";
    verdict.often_number = words.ends_with("tokens-");
    return verdict;
}

}  // namespace httpprof::format
