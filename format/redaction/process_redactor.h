// Overwrites the secrets in environments and command lines.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "format/redaction/redaction_tally.h"
#include "format/redaction/secret_names.h"

namespace httpprof::format {

// NUL-terminated NAME=VALUE: values of secret variables, and secrets within other values, such as
// the password of a URL, or of a command line. What is counted are the variables of which anything
// was overwritten.
void redact_environment(std::span<char> environment, SecretNames& names, RedactionTally& tally);

// NUL-terminated arguments: --password=x, --password x, -u user:x, -uuser:x, NAME=x, --env=NAME=x,
// "Authorization: x", and the same in the words of an argument that is a command line itself, or
// has one behind a name. What is counted are the arguments of which anything was overwritten.
void redact_arguments(std::span<char> arguments, SecretNames& names, RedactionTally& tally);

// A command line in any other form; each argument is overwritten in place.
void redact_command_line(std::vector<std::string>& arguments, SecretNames& names,
                         RedactionTally& tally);

}  // namespace httpprof::format
