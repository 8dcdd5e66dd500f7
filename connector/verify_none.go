package connector

// Type none accepts every delivery; only the unguessable address protects it.
var _ = registerVerifier("none", func(*builder, *VerifyDef, string) verifier { return verifyNone{} })

type verifyNone struct{}

func (verifyNone) verify([]byte, *Delivery) error { return nil }
