#include "format/redaction/program_options.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace httpprof::format {

struct ProgramOptions::Option {
    std::string_view program;
    std::string_view text;
    bool is_joined = false;  // always: a word behind it is something else
};

const ProgramOptions::Option* ProgramOptions::find(std::span<const char> word) {
    // "login" is also that of docker, podman, helm, az and others.
    static constexpr Option kOptions[] = {{"ab", "-A"},
                                          {"bcp", "-P"},
                                          {"cqlsh", "-p"},
                                          {"curl", "-b"},
                                          {"hey", "-a"},
                                          {"http", "-a"},
                                          {"https", "-a"},
                                          {"ipmitool", "-P"},
                                          {"ldapadd", "-w"},
                                          {"ldapcompare", "-w"},
                                          {"ldapdelete", "-w"},
                                          {"ldapmodify", "-w"},
                                          {"ldapmodrdn", "-w"},
                                          {"ldappasswd", "-w"},
                                          {"ldapsearch", "-w"},
                                          {"ldapwhoami", "-w"},
                                          {"lftp", "-u"},
                                          {"login", "-p"},
                                          {"lwp-request", "-C"},
                                          {"mariadb", "-p", true},
                                          {"mariadb-admin", "-p", true},
                                          {"mariadb-check", "-p", true},
                                          {"mariadb-dump", "-p", true},
                                          {"mariadb-import", "-p", true},
                                          {"mariadb-show", "-p", true},
                                          {"mongo", "-p"},
                                          {"mongodump", "-p"},
                                          {"mongoexport", "-p"},
                                          {"mongofiles", "-p"},
                                          {"mongoimport", "-p"},
                                          {"mongorestore", "-p"},
                                          {"mongosh", "-p"},
                                          {"mongostat", "-p"},
                                          {"mongotop", "-p"},
                                          {"mysql", "-p", true},
                                          {"mysqladmin", "-p", true},
                                          {"mysqlcheck", "-p", true},
                                          {"mysqldump", "-p", true},
                                          {"mysqlimport", "-p", true},
                                          {"mysqlpump", "-p", true},
                                          {"mysqlshow", "-p", true},
                                          {"mysqlslap", "-p", true},
                                          {"rabbitmqadmin", "-p"},
                                          {"redis-cli", "-a"},
                                          {"sqlcmd", "-P"},
                                          {"sshpass", "-p"},
                                          {"twine", "-p"},
                                          {"xh", "-a"},
                                          {"xhs", "-a"},
                                          {"yt-dlp", "-p"}};
    std::string_view name(word.data(), word.size());
    name.remove_prefix(name.rfind('/') + 1);
    const auto* const found = std::ranges::find(kOptions, name, &Option::program);
    return found == std::end(kOptions) ? nullptr : found;
}

// Once for each program: what follows may be the words of another one, as behind sshpass.
std::span<char> ProgramOptions::secret_of(std::span<char> word) {
    const bool is_option = !word.empty() && word.front() == '-';
    if (std::exchange(is_value_next_, false) && !is_option) return word;
    if (const Option* const named = find(word)) {
        expected_ = named;
        return {};
    }
    if (expected_ == nullptr) return {};
    const std::size_t size = expected_->text.size();
    if (!std::string_view(word.data(), word.size()).starts_with(expected_->text)) return {};
    const bool is_joined = word.size() > size;
    if (!is_joined && expected_->is_joined) return {};
    is_value_next_ = !is_joined;
    expected_ = nullptr;
    return word.subspan(size);
}

}  // namespace httpprof::format
