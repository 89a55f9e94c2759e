#include "format/redaction/secret_names.h"

#include <algorithm>
#include <functional>
#include <span>

#include "format/characters.h"

namespace httpprof::format {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) { return to_lower(c); });
    return result;
}

// A name as its words in lower case, with a dash before, between and after them:
// "X_API_KEY" is "-x-api-key-", "accessToken" is "-access-token-".
std::string words_of(std::string_view name) {
    std::string words = "-";
    char before = '-';
    for (const char c : name) {
        const bool in_word = is_letter(c) || is_digit(c);
        const bool is_upper = c != to_lower(c);
        if (is_upper && before == to_lower(before) && words.back() != '-') words += '-';
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
constexpr std::array<std::string_view, 30> kParts = {
    "dbpass",    "dbpwd",      "creds",      "token",           "secret",         "password",
    "passwd",    "passphrase", "passcode",   "credential",      "apikey",         "privatekey",
    "accesskey", "authkey",    "sharedkey",  "masterkey",       "encryptionkey",  "signingkey",
    "clientkey", "accountkey", "sessionkey", "subscriptionkey", "functionskey",   "sessionid",
    "sessid",    "jwt",        "signature",  "authorization",   "authentication", "samlresponse"};

// Parts of other words, so only as words of their own.
constexpr std::array<std::string_view, 14> kWords = {
    "-auth-", "-pass-",    "-pwd-",       "-pw-",     "-sig-",  "-sid-",  "-otp-",
    "-pin-",  "-session-", "-assertion-", "-cookie-", "-csrf-", "-xsrf-", "-verifier-"};

// Last words only: with others behind them it is rather an address or a path.
constexpr std::array<std::string_view, 4> kVariableEnds = {"-session-", "-pat-", "-oauth-",
                                                           "-bearer-"};

constexpr std::array<std::string_view, 6> kVariableWords = {"-auth-", "-pass-", "-pwd-",
                                                            "-pw-",   "-dsn-",  "-cookie-"};
constexpr std::array<std::string_view, 5> kVariableKeyWords = {"-key-", "-keys-", "-private-",
                                                               "-salt-", "-sig-"};
constexpr std::array<std::string_view, 6> kOptionWords = {"-auth-", "-pass-",   "-pwd-",
                                                          "-pw-",   "-cookie-", "-bearer-"};

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

bool looks_secret(const std::string& words, std::span<const std::string_view> own_words) {
    if (ends_in_any(words, kAboutSecrets)) return false;
    return has_any(words, own_words) || has_any(joined(words), kParts);
}

bool looks_secret_as_header(const std::string& words) {
    if (is_one_of(words, kOpenHeaders)) return false;
    if (words.starts_with("-access-control-") || words.starts_with("-sec-")) return false;
    return looks_secret(words, kWords);
}

void lower_all(std::vector<std::string>& names) {
    for (std::string& name : names)
        name = lower(name);
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, lower(name)) != names.end();
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
           looks_secret(words, kVariableWords);
}

bool SecretNames::is_option(std::string_view name) const {
    name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
    if (contains(additional_.parameters, name)) return true;
    const std::string words = words_of(name);
    return !words.ends_with("-stdin-") && looks_secret(words, kOptionWords);
}

const SecretNames::Verdict& SecretNames::judge(std::string_view name) {
    Verdict& verdict = recent_[std::hash<std::string_view>()(name) % recent_.size()];
    if (verdict.name == name) return verdict;
    const std::string words = words_of(name);
    verdict.name = name;
    verdict.header = contains(additional_.headers, name) || looks_secret_as_header(words);
    verdict.parameter = verdict.header || contains(additional_.parameters, name);
    verdict.query_parameter = verdict.parameter || words == "-code-" || words == "-key-";
    verdict.often_number = words.ends_with("tokens-");
    return verdict;
}

}  // namespace httpprof::format
