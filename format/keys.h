// The key pairs of people: to sign captures with and to have captures encrypted for. README.md,
// "Keys", is the specification.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "format/result.h"

namespace httpprof::format {

// Bytes that are overwritten when they are no longer needed.
class SecretBytes {
  public:
    SecretBytes() = default;
    SecretBytes(const SecretBytes&) = default;
    SecretBytes& operator=(const SecretBytes&) = default;
    ~SecretBytes();

    std::uint8_t* data() { return bytes_.data(); }
    const std::uint8_t* data() const { return bytes_.data(); }
    static constexpr std::size_t size() { return 32; }

  private:
    std::array<std::uint8_t, 32> bytes_{};
};

struct PublicKey {
    std::array<std::uint8_t, 32> signing{};     // Ed25519
    std::array<std::uint8_t, 32> encryption{};  // X25519

    bool operator==(const PublicKey&) const = default;
};

class SecretKey {
  public:
    static SecretKey generate();

    const PublicKey& public_key() const { return public_; }
    // Seed of the Ed25519 key pair.
    const SecretBytes& signing_seed() const { return signing_seed_; }
    // X25519.
    const SecretBytes& encryption_key() const { return encryption_key_; }

    // One line without its end, as in files: "httpprof-secret-1:...", "httpprof-public-1:...".
    std::string text() const;
    static Result<SecretKey> parse(const std::string& text);

  private:
    explicit SecretKey(const SecretBytes& seed);

    SecretBytes seed_;
    SecretBytes signing_seed_;
    SecretBytes encryption_key_;
    PublicKey public_;
};

std::string to_text(const PublicKey& key);
Result<PublicKey> parse_public_key(const std::string& text);

// `key` is a path, or the text of the key itself.
Result<PublicKey> read_public_key(const std::string& key);
Result<SecretKey> read_secret_key(const std::string& path);

// Writes NAME.key, which only its owner may read, and NAME.pub. Neither may exist.
Result<void> write_key_pair(const SecretKey& key, const std::string& name);

}  // namespace httpprof::format
