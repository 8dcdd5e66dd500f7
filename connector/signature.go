package connector

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"paceline"
)

// Signature says who vouches for a release. It is over the release's identity, its definition without comments and
// layout, and its icon, so that it stays true in YAML, JSON, templates and the registry.
type Signature struct {
	Signer    string `json:"signer"`    // the public key, as ParseSigner reads it
	Signature string `json:"signature"` // base64
}

// SignatureFile is the name of the file beside a definition that holds its signature.
const SignatureFile = "connector.sig"

// ErrSignature is of a signature that is none of the release.
var ErrSignature = errors.New("the signature is not one of this definition by this signer")

const signerPrefix = "ed25519:"

// NewSigningKey makes a key to sign releases with: PEM text, to be kept secret, and the signer that others trust.
func NewSigningKey() (key []byte, signer string, err error) {
	seed, err := base64.RawURLEncoding.DecodeString(paceline.NewSecret(ed25519.SeedSize))
	if err != nil {
		return nil, "", err
	}
	private := ed25519.NewKeyFromSeed(seed)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, "", err
	}
	public, _ := private.Public().(ed25519.PublicKey)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), signerOf(public), nil
}

func signerOf(key ed25519.PublicKey) string {
	return signerPrefix + base64.StdEncoding.EncodeToString(key)
}

// ParseSigner reads a signer as people write it, ed25519: and the public key in base64, and returns its one spelling.
func ParseSigner(text string) (string, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), signerPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(key) != ed25519.PublicKeySize {
		return "", errors.New("a signer is written ed25519: and the public key in base64, as paceline connector key prints it")
	}
	return signerOf(key), nil
}

// Sign vouches for a release with a key of NewSigningKey.
func (d *Definition) Sign(icon *string, key []byte) (Signature, error) {
	block, _ := pem.Decode(key)
	if block == nil {
		return Signature{}, errors.New("the signing key is not a PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return Signature{}, errors.New("the signing key is not an Ed25519 key of PKCS 8")
	}
	public, _ := private.Public().(ed25519.PublicKey)
	text := base64.StdEncoding.EncodeToString(ed25519.Sign(private, d.signed(icon)))
	return Signature{Signer: signerOf(public), Signature: text}, nil
}

// CheckSignature fails with ErrSignature unless the signer has signed this very release and icon.
func (d *Definition) CheckSignature(icon *string, s Signature) error {
	signer, err := ParseSigner(s.Signer)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(signer, signerPrefix))
	signature, err := base64.StdEncoding.Strict().DecodeString(s.Signature)
	if err != nil || !ed25519.Verify(key, d.signed(icon), signature) {
		return ErrSignature
	}
	return nil
}

// signed is the text that a signature is over.
func (d *Definition) signed(icon *string) []byte {
	picture := ""
	if icon != nil {
		picture = *icon
	}
	sum := sha256.Sum256([]byte(picture))
	return fmt.Appendf(nil, "paceline connector release\n%s\n%s\n%s\n%s\n", d.Metadata.UID, d.Metadata.Version, d.hash, hex.EncodeToString(sum[:]))
}

// maxSignature bounds a signature's file, in bytes.
const maxSignature = 4 << 10

// ParseSignature reads a signature's file.
func ParseSignature(text []byte) (s Signature, err error) {
	if len(text) > maxSignature || json.Unmarshal(text, &s) != nil || s.Signature == "" {
		return s, fmt.Errorf("%s is no signature: it holds signer and signature as JSON", SignatureFile)
	}
	s.Signer, err = ParseSigner(s.Signer)
	return s, err
}
