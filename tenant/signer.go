package tenant

import (
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
)

// maxSigners bounds the signers of connectors that a partner trusts.
const maxSigners = 50

// applySigners checks the signers that a partner trusts.
func (c SettingsPatch) applySigners(s *paceline.PartnerSettings) error {
	if !c.Signers.Set {
		return nil
	}
	refuse := func(reason string) error {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", "ConnectorSigners", "reason", reason)
	}
	if len(c.Signers.Value) > maxSigners {
		return refuse("there are too many")
	}
	list := []paceline.Signer{}
	for _, signer := range c.Signers.Value {
		key, err := connector.ParseSigner(signer.Key)
		if err != nil {
			return refuse(err.Error())
		}
		name := strings.TrimSpace(signer.Name)
		if len(name) > 200 {
			return refuse("a name is too long")
		}
		if !slices.ContainsFunc(list, func(have paceline.Signer) bool { return have.Key == key }) {
			list = append(list, paceline.Signer{Key: key, Name: name})
		}
	}
	s.Signers = list
	return nil
}
