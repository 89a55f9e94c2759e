#include "format/encryption.h"

#include <algorithm>
#include <array>
#include <string>

#include <sodium.h>

#include "format/bytes.h"
#include "format/sodium.h"

namespace httpprof::format {
namespace {

static_assert(kEncryptionOverhead == crypto_aead_chacha20poly1305_ietf_ABYTES);
static_assert(FileKey::size() == crypto_aead_chacha20poly1305_ietf_KEYBYTES);

constexpr std::size_t kSealedSize = crypto_box_SEALBYTES + FileKey::size();

using Nonce = std::array<unsigned char, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

// No number occurs twice under one file key.
Nonce nonce_of(std::uint64_t frame_number) {
    Nonce nonce{};
    store_little_endian(nonce.data(), frame_number);
    return nonce;
}

template <typename Bytes>
std::string as_string(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

FileKey generate_file_key() {
    initialize_sodium();
    FileKey key;
    randombytes_buf(key.data(), FileKey::size());
    return key;
}

Recipient seal(const FileKey& key, const PublicKey& recipient) {
    std::array<unsigned char, kSealedSize> sealed;
    crypto_box_seal(sealed.data(), key.data(), FileKey::size(), recipient.encryption.data());
    return {.public_key = as_string(recipient.encryption), .sealed_key = as_string(sealed)};
}

std::optional<FileKey> unseal(const std::vector<Recipient>& recipients, const SecretKey& key) {
    const auto& public_key = key.public_key().encryption;
    for (const Recipient& recipient : recipients) {
        if (recipient.public_key != as_string(public_key)) continue;
        FileKey opened;
        if (recipient.sealed_key.size() == kSealedSize &&
            crypto_box_seal_open(opened.data(), unsigned_chars(recipient.sealed_key.data()),
                                 kSealedSize, public_key.data(), key.encryption_key().data()) == 0)
            return opened;
    }
    return std::nullopt;
}

bool is_encrypted_type(std::uint8_t type) {
    for (const FrameType plain : {FrameType::header, FrameType::header_copy, FrameType::signature})
        if (type == static_cast<std::uint8_t>(plain)) return false;
    return true;
}

void encrypt_payload(const FileKey& key, std::uint64_t frame_number,
                     std::span<const std::byte> header, std::span<std::byte> payload,
                     std::size_t size) {
    unsigned char* const bytes = unsigned_chars(payload.data());
    crypto_aead_chacha20poly1305_ietf_encrypt(bytes, nullptr, bytes, size,
                                              unsigned_chars(header.data()), header.size(), nullptr,
                                              nonce_of(frame_number).data(), key.data());
}

bool decrypt_payload(const FileKey& key, std::uint64_t frame_number,
                     std::span<const std::byte> header, std::span<const std::byte> payload,
                     std::span<std::byte> to) {
    return crypto_aead_chacha20poly1305_ietf_decrypt(
               unsigned_chars(to.data()), nullptr, nullptr, unsigned_chars(payload.data()),
               payload.size(), unsigned_chars(header.data()), header.size(),
               nonce_of(frame_number).data(), key.data()) == 0;
}

}  // namespace httpprof::format
