#include "format/redaction/process_redactor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/characters.h"
#include "format/redaction/program_options.h"
#include "format/redaction/stream_redactor.h"

namespace httpprof::format {
namespace {

using Text = std::span<char>;

std::string_view view(Text text) {
    return {text.data(), text.size()};
}

void blank(Text value) {
    std::ranges::fill(value, kFiller);
}

std::vector<Text> split(Text bytes, char separator) {
    std::vector<Text> parts;
    while (!bytes.empty()) {
        const std::size_t size = std::min(view(bytes).find(separator), bytes.size());
        parts.push_back(bytes.first(size));
        bytes = bytes.subspan(std::min(size + 1, bytes.size()));
    }
    return parts;
}

// A word of a command line within an argument.
struct ShellWord {
    std::vector<Text> pieces;  // what stands between its quotes
    std::string text;

    void put_back() const {
        auto from = text.begin();
        for (const Text piece : pieces) {
            std::copy_n(from, piece.size(), piece.begin());
            from += static_cast<std::ptrdiff_t>(piece.size());
        }
    }
};

// As a shell takes a command line apart: what joins without space is one word, quoted or not.
std::vector<ShellWord> shell_words(Text line) {
    constexpr CharacterSet kBetweenWords(" \t\n;|&()`");
    std::vector<ShellWord> words;
    ShellWord word;
    std::size_t begin = 0;
    char quote = 0;
    for (std::size_t i = 0; i <= line.size(); ++i) {
        const char c = i == line.size() ? '\n' : line[i];
        const bool is_end = i == line.size() || (quote == 0 && kBetweenWords.has(c));
        const bool is_quote = quote == 0 ? c == '"' || c == '\'' : c == quote;
        if (!is_end && !is_quote) continue;
        if (i > begin) word.pieces.push_back(line.subspan(begin, i - begin));
        if (i > begin) word.text += view(word.pieces.back());
        begin = i + 1;
        if (is_quote) quote = quote == 0 ? c : char{0};
        if (is_end && !word.text.empty()) words.push_back(std::exchange(word, {}));
    }
    return words;
}

bool is_option(std::string_view argument) {
    return argument.size() > 1 && argument.front() == '-';
}

// Of what follows an option whose value is a secret, which may begin with a dash. -v rather is an
// option, as is --verbose.
bool may_be_secret(std::string_view argument) {
    return !is_option(argument) || (argument[1] != '-' && argument.size() > 2);
}

bool takes_credentials(std::string_view option) {
    constexpr std::array<std::string_view, 6> kOptions = {"-u",           "--user", "-U",
                                                          "--proxy-user", "--cert", "--proxy-cert"};
    return std::ranges::find(kOptions, option) != kOptions.end();
}

// user:password, but not the numbers of a user and a group.
void redact_credentials(Text value) {
    const std::size_t colon = view(value).find(':');
    if (colon == std::string_view::npos) return;
    const bool is_number =
        std::ranges::all_of(value, [](char c) { return is_digit(c) || c == ':'; });
    if (!is_number) blank(value.subspan(colon + 1));
}

// Of options and variables alike.
bool names_proxy(std::string_view name) {
    constexpr std::string_view kProxy = "proxy";
    return name == "-x" || (name.size() >= kProxy.size() &&
                            equals_ignoring_case(name.substr(name.size() - kProxy.size()), kProxy));
}

// user:password@host, with no scheme before it that would tell.
void redact_bare_authority(Text value) {
    constexpr CharacterSet kEndOfUser = CharacterSet::controls_and(" \"'/:<>?#@=,;[]{}()");
    constexpr CharacterSet kEnd = CharacterSet::controls_and(" \"/");
    const auto user_end = std::ranges::find_if(value, [&](char c) { return kEndOfUser.has(c); });
    if (user_end == value.end() || *user_end != ':') return;
    const Text rest(user_end + 1, value.end());
    const auto end = std::ranges::find_if(rest, [&](char c) { return kEnd.has(c); });
    const std::size_t host = view({rest.begin(), end}).rfind('@');
    if (host != std::string_view::npos) blank(rest.first(host));
}

// user:password@protocol(address), as Go's driver of MySQL has it.
void redact_address_of_database(Text value) {
    constexpr CharacterSet kProtocol = CharacterSet::alphanumeric_and("");
    const std::string_view before = view(value).substr(0, view(value).rfind('('));
    const std::size_t at = before.rfind('@');
    const std::size_t colon = before.find(':');
    if (before.size() == value.size() || at == before.npos || colon > at) return;
    const bool is_url = before.substr(colon).starts_with("://");
    if (is_url || before.find_first_of(" \t\n") != before.npos) return;
    if (std::ranges::all_of(before.substr(at + 1), [&](char c) { return kProtocol.has(c); }))
        blank(value.subspan(colon + 1, at - colon - 1));
}

void redact_within(Text text, SecretNames& names) {
    RedactionTally uncounted;  // an argument or a variable counts as a whole
    redact_text(text, names, uncounted);
}

// The name in NAME=VALUE or --name=VALUE; nothing if that is not all that the argument says.
std::string_view assigned_name(std::string_view argument) {
    constexpr CharacterSet kName = CharacterSet::alphanumeric_and("_-.");
    const std::size_t size = argument.find('=');
    if (size == argument.npos) return {};
    const std::string_view name = argument.substr(0, size);
    return std::ranges::all_of(name, [&](char c) { return kName.has(c); }) ? name
                                                                           : std::string_view();
}

// What is behind all names: of --env=NAME=VALUE the value.
Text behind_names(Text argument) {
    for (;;) {
        const std::string_view name = assigned_name(view(argument));
        if (name.empty()) return argument;
        argument = argument.subspan(name.size() + 1);
    }
}

// A short option with its value behind it: -ubob:secret, -HCookie: a=b.
void redact_joined_option(Text argument, SecretNames& names) {
    if (argument.size() < 3 || argument[0] != '-' || argument[1] == '-') return;
    const Text value = argument.subspan(2);
    if (takes_credentials(view(argument.first(2)))) redact_credentials(value);
    redact_within(value, names);
}

bool is_secret_name(std::string_view name, SecretNames& names) {
    if (!is_option(name)) return names.is_variable(name);
    const bool has_variable = name.starts_with("-e") || name.starts_with("-D");
    return names.is_option(name) || (has_variable && names.is_variable(name.substr(2)));
}

// Behind the names of --env=NAME=VALUE, -eNAME=VALUE, ARGS=--user=user:password and the like.
void redact_named(Text argument, SecretNames& names) {
    for (;;) {
        const std::string_view name = assigned_name(view(argument));
        if (name.empty()) return;
        argument = argument.subspan(name.size() + 1);
        if (is_secret_name(name, names)) return blank(argument);
        if (takes_credentials(name)) return redact_credentials(argument);
        if (names_proxy(name)) redact_bare_authority(argument);
    }
}

void redact_argument(Text argument, SecretNames& names) {
    redact_named(argument, names);
    // Behind any name, as that of git's http.URL.extraHeader.
    const std::size_t name = view(argument).find('=');
    if (name != std::string_view::npos) redact_within(argument.subspan(name + 1), names);
    redact_joined_option(argument, names);
    redact_joined_option(behind_names(argument), names);
    redact_address_of_database(behind_names(argument));
    redact_within(argument, names);
}

// The option that an argument is or has behind its name, if its value may follow; or nothing.
std::string_view option_in(Text argument) {
    const std::string_view last = view(behind_names(argument));
    return is_option(last) && last.find_first_of("= ") == last.npos ? last : std::string_view();
}

bool names_curl(std::string_view word) {
    return word.substr(word.rfind('/') + 1) == "curl";
}

// Of curl's options in one word, -sSu user:secret or -sSuuser:secret. In other programs these
// letters are other options. Returns the option whose value follows.
std::string_view redact_options_of_curl(Text word) {
    constexpr CharacterSet kWithoutValue("#012346BGIJLMNORSVZafgijklnpqsv");
    if (!is_option(view(word))) return {};
    std::size_t at = 1;
    while (at < word.size() && kWithoutValue.has(word[at]))
        ++at;
    if (at == word.size()) return {};
    const bool is_proxy = word[at] == 'x';
    if (!is_proxy && word[at] != 'u' && word[at] != 'U' && word[at] != 'E') return {};
    const Text value = word.subspan(at + 1);
    if (value.empty()) return is_proxy ? "-x" : "-u";
    if (is_proxy) {
        redact_bare_authority(value);
    } else {
        redact_credentials(value);
    }
    return {};
}

void redact_list(std::span<const Text> arguments, SecretNames& names);

// Where an argument is a command line, or a word with quotes in it. The words have fewer quotes
// each time, so this ends.
void redact_words(Text argument, SecretNames& names) {
    constexpr CharacterSet kTakenApart(" \t\n\"'");
    if (std::ranges::none_of(argument, [&](char c) { return kTakenApart.has(c); })) return;
    std::vector<ShellWord> words = shell_words(argument);
    std::vector<Text> texts;
    texts.reserve(words.size());
    for (ShellWord& word : words)
        texts.emplace_back(word.text);
    redact_list(texts, names);
    for (const ShellWord& word : words)
        word.put_back();
}

// Of a command line, and of the command lines that are arguments of it.
void redact_list(std::span<const Text> arguments, SecretNames& names) {
    std::string_view option;  // in the argument before
    bool is_curl = false;
    ProgramOptions program_options;
    for (const Text argument : arguments) {
        if (!option.empty() && may_be_secret(view(argument))) {
            if (names.is_option(option)) blank(argument);
            if (takes_credentials(option) && !is_option(view(argument)))
                redact_credentials(argument);
            if (names_proxy(option)) redact_bare_authority(argument);
        }
        redact_argument(argument, names);
        blank(program_options.secret_of(argument));
        redact_words(behind_names(argument), names);
        option = option_in(argument);
        is_curl = is_curl || names_curl(view(argument));
        if (!is_curl) continue;
        if (option.empty()) redact_bare_authority(argument);
        const std::string_view of_curl = redact_options_of_curl(argument);
        if (!of_curl.empty()) option = of_curl;
    }
}

void count(std::string_view before, Text after, Redacted kind, RedactionTally& tally) {
    std::uint64_t changed = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
        changed += before[i] != after[i] ? 1U : 0U;
    if (changed == 0) return;
    tally.add_value(kind);
    tally.add_bytes(kind, changed);
}

void redact_and_count(const std::vector<Text>& arguments, SecretNames& names,
                      RedactionTally& tally) {
    std::vector<std::string> before;
    before.reserve(arguments.size());
    for (const Text argument : arguments)
        before.emplace_back(view(argument));
    redact_list(arguments, names);
    for (std::size_t i = 0; i < arguments.size(); ++i)
        count(before[i], arguments[i], Redacted::argument, tally);
}

void redact_variable(Text variable, SecretNames& names, RedactionTally& tally) {
    const std::size_t equals = view(variable).find('=');
    if (equals == std::string_view::npos) return;
    const Text value = variable.subspan(equals + 1);
    const std::string before(view(value));
    const std::string_view name = view(variable).substr(0, equals);
    if (names.is_variable(name)) blank(value);
    if (names_proxy(name)) redact_bare_authority(value);
    redact_list({&value, 1}, names);
    count(before, value, Redacted::variable, tally);
}

}  // namespace

void redact_environment(Text environment, SecretNames& names, RedactionTally& tally) {
    for (const Text variable : split(environment, '\0'))
        redact_variable(variable, names, tally);
}

void redact_arguments(Text arguments, SecretNames& names, RedactionTally& tally) {
    redact_and_count(split(arguments, '\0'), names, tally);
}

void redact_command_line(std::vector<std::string>& arguments, SecretNames& names,
                         RedactionTally& tally) {
    redact_and_count({arguments.begin(), arguments.end()}, names, tally);
}

}  // namespace httpprof::format
