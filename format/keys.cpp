#include "format/keys.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/digest.h"
#include "format/sodium.h"

namespace httpprof::format {
namespace {

constexpr std::string_view kSecretPrefix = "httpprof-secret-1:";
constexpr std::string_view kPublicPrefix = "httpprof-public-1:";
// No key file is longer.
constexpr std::size_t kMaxFileSize = 4096;

// BLAKE2b-256 of the label and the seed.
SecretBytes derive(std::string_view label, const SecretBytes& seed) {
    SecretBytes derived;
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, SecretBytes::size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(label.data()),
                              label.size());
    crypto_generichash_update(&state, seed.data(), SecretBytes::size());
    crypto_generichash_final(&state, derived.data(), SecretBytes::size());
    sodium_memzero(&state, sizeof(state));
    return derived;
}

// False unless `text` is the prefix and exactly `into.size()` bytes in hexadecimal.
bool parse_hex(std::string_view text, std::string_view prefix, std::span<std::uint8_t> into) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    std::size_t size = 0;
    return text.size() == 2 * into.size() &&
           sodium_hex2bin(into.data(), into.size(), text.data(), text.size(), nullptr, &size,
                          nullptr) == 0 &&
           size == into.size();
}

std::string_view without_line_end(std::string_view text) {
    const auto end = text.find_last_not_of(" \t\r\n");
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

Result<std::string> read_small_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return system_error("cannot open " + path, errno);
    return read_up_to(file.get(), kMaxFileSize, "cannot read " + path);
}

Result<void> write_new_file(const std::string& path, const std::string& text, mode_t mode) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file.open()) return system_error("cannot create " + path, errno);
    if (auto written = write_all(file.get(), std::as_bytes(std::span(text)), path); !written)
        return written;
    if (::fsync(file.get()) != 0) return system_error("cannot sync " + path, errno);
    return {};
}

}  // namespace

SecretBytes::~SecretBytes() {
    sodium_memzero(bytes_.data(), bytes_.size());
}

SecretKey::SecretKey(const SecretBytes& seed)
    : seed_(seed),
      signing_seed_(derive("httpprof sign 1", seed)),
      encryption_key_(derive("httpprof encrypt 1", seed)) {
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret;
    crypto_sign_seed_keypair(public_.signing.data(), secret.data(), signing_seed_.data());
    sodium_memzero(secret.data(), secret.size());
    crypto_scalarmult_base(public_.encryption.data(), encryption_key_.data());
}

SecretKey SecretKey::generate() {
    initialize_sodium();
    SecretBytes seed;
    randombytes_buf(seed.data(), SecretBytes::size());
    return SecretKey(seed);
}

std::string SecretKey::text() const {
    return std::string(kSecretPrefix) + to_hex(std::span(seed_.data(), SecretBytes::size()));
}

Result<SecretKey> SecretKey::parse(const std::string& text) {
    initialize_sodium();
    SecretBytes seed;
    if (!parse_hex(without_line_end(text), kSecretPrefix,
                   std::span(seed.data(), SecretBytes::size())))
        return Error{"it does not hold a secret key of httpprof keygen"};
    return SecretKey(seed);
}

std::string to_text(const PublicKey& key) {
    return std::string(kPublicPrefix) + to_hex(key.signing) + to_hex(key.encryption);
}

Result<PublicKey> parse_public_key(const std::string& text) {
    initialize_sodium();
    std::array<std::uint8_t, 2 * sizeof(PublicKey::signing)> both;
    if (!parse_hex(without_line_end(text), kPublicPrefix, both))
        return Error{"it does not hold a public key of httpprof keygen"};
    PublicKey key;
    std::copy_n(both.begin(), key.signing.size(), key.signing.begin());
    std::copy_n(both.begin() + key.signing.size(), key.encryption.size(), key.encryption.begin());
    return key;
}

Result<PublicKey> read_public_key(const std::string& key) {
    if (key.starts_with(kPublicPrefix)) {
        auto parsed = parse_public_key(key);
        if (!parsed) return Error{"cannot use the public key of the command line: it is not whole"};
        return parsed;
    }
    auto text = read_small_file(key);
    if (!text) return text.error();
    auto parsed = parse_public_key(*text);
    if (!parsed) return Error{"cannot use " + key + ": " + parsed.error().message};
    return parsed;
}

Result<SecretKey> read_secret_key(const std::string& path) {
    auto text = read_small_file(path);
    if (!text) return text.error();
    auto parsed = SecretKey::parse(*text);
    sodium_memzero(text->data(), text->size());
    if (!parsed) return Error{"cannot use " + path + ": " + parsed.error().message};
    return parsed;
}

Result<void> write_key_pair(const SecretKey& key, const std::string& name) {
    const std::string secret_path = name + ".key";
    const std::string public_path = name + ".pub";
    for (const std::string& path : {secret_path, public_path}) {
        struct stat status {};
        if (::lstat(path.c_str(), &status) == 0)
            return system_error("cannot create " + path, EEXIST);
    }
    if (auto written = write_new_file(secret_path, key.text() + "\n", S_IRUSR | S_IWUSR); !written)
        return written;
    return write_new_file(public_path, to_text(key.public_key()) + "\n",
                          S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

}  // namespace httpprof::format
