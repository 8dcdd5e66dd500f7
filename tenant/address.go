package tenant

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/store"
)

// maxAddresses bounds a partner's list.
const maxAddresses = 200

// AdmitAddress refuses a program, or a person who uses the console, at an address which the partner does not allow. People who use their own
// account in a browser come from anywhere. Errors: Forbidden (CodeIPNotAllowed).
func (t *Tenant) AdmitAddress(ctx context.Context, p paceline.Principal, address string) error {
	if inBrowser(p) && p.RestrictedTo != 0 || p.Kind == paceline.SystemPrincipal {
		return nil
	}
	partner, err := t.PartnerOf(ctx, p.Partner)
	if err != nil {
		return err
	}
	list := partner.Settings.AllowedIPs
	if inBrowser(p) {
		list = consoleAddresses(partner)
	}
	return admit(list, address)
}

func consoleAddresses(p paceline.Partner) []string {
	if own := p.Settings.ConsoleIPs; own != nil {
		return *own
	}
	return p.Settings.AllowedIPs
}

// inBrowser reports whether a person calls, and no program in the person's name.
func inBrowser(p paceline.Principal) bool { return p.Kind == paceline.UserPrincipal && !p.Program }

func admit(list []string, address string) error {
	if len(list) == 0 || address == "" || paceline.InNetworks(list, address) {
		return nil
	}
	return paceline.Fail(paceline.CodeIPNotAllowed)
}

// AllowedAddresses are the networks of a partner; an empty list means any.
type AllowedAddresses struct {
	Programs []string  // from which the API may be called
	Console  *[]string // from which people may use the console; nil: the same
	Methods  []string  // from which programs may call methods of others' products for themselves
}

func addressesOf(s paceline.PartnerSettings) AllowedAddresses {
	return AllowedAddresses{s.AllowedIPs, s.ConsoleIPs, s.MethodIPs}
}

// Addresses returns the lists.
func (t *Tenant) Addresses(ctx context.Context, p paceline.Principal) (out AllowedAddresses, err error) {
	if err := needPartner(p, AreaAddresses, paceline.ViewRight); err != nil {
		return out, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		partner, _, err := tx.Partner(p.PartnerScope())
		out = addressesOf(partner.Settings)
		return err
	})
	return out, err
}

// AddressesPatch replaces lists by addresses and networks, which are kept as networks.
type AddressesPatch struct {
	Programs Patch[[]string] // null: any
	Console  Patch[[]string] // null: the same as programs
	Methods  Patch[[]string] // null: any
}

// SetAddresses replaces what the patch names. Errors: Invalid for what is neither an address nor a network, for too many, and for lists that
// would shut out their author, who calls from the address from.
func (t *Tenant) SetAddresses(ctx context.Context, p paceline.Principal, c AddressesPatch, from string) (out AllowedAddresses, err error) {
	if err := needPartner(p, AreaAddresses, paceline.EditRight); err != nil {
		return out, err
	}
	programs, err := networksOf("Addresses", c.Programs.Value)
	if err != nil {
		return out, err
	}
	console, err := networksOf("ConsoleAddresses", c.Console.Value)
	if err != nil {
		return out, err
	}
	methods, err := networksOf("DataOnDemandAddresses", c.Methods.Value)
	if err != nil {
		return out, err
	}
	err = t.store.InTx(ctx, p.PartnerScope(), func(tx *store.Tx) error {
		partner, found, err := tx.Partner(p.PartnerScope())
		if err != nil {
			return err
		}
		if !found {
			return notFound("Partner")
		}
		s := &partner.Settings
		if c.Programs.Set {
			s.AllowedIPs = programs
		}
		if c.Console.Set {
			s.ConsoleIPs = nil
			if !c.Console.Null {
				s.ConsoleIPs = &console
			}
		}
		if c.Methods.Set {
			s.MethodIPs = methods
		}
		name, list := "Addresses", s.AllowedIPs
		if s.ConsoleIPs != nil && inBrowser(p) {
			name, list = "ConsoleAddresses", *s.ConsoleIPs
		}
		if admit(list, from) != nil {
			return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", "your own address "+from+" is not among them")
		}
		if err := tx.UpdatePartner(p.PartnerScope(), partner); err != nil {
			return err
		}
		out = addressesOf(*s)
		comment := begun(s.AllowedIPs)
		if s.ConsoleIPs != nil {
			comment += "; console: " + begun(*s.ConsoleIPs)
		}
		if len(s.MethodIPs) > 0 {
			comment += "; data on demand: " + begun(s.MethodIPs)
		}
		return audit(tx, p, 0, "settings.addresses_changed", "partner", string(partner.ID), comment)
	})
	t.partners.forget(p.Partner)
	return out, err
}

// begun is the beginning of a list, for the audit log.
func begun(list []string) string { return strings.Join(list[:min(len(list), 10)], " ") }

// networksOf reads the property with this name.
func networksOf(name string, list []string) ([]string, error) {
	wrong := func(reason string) error {
		return paceline.Fail(paceline.CodeFieldInvalid, "name", name, "reason", reason)
	}
	if len(list) > maxAddresses {
		return nil, wrong("there are more than 200")
	}
	networks := []string{}
	for i, text := range list {
		network, ok := networkOf(text)
		if !ok {
			return nil, wrong("entry " + strconv.Itoa(i+1) + " is neither an IP address nor a network such as 192.0.2.0/24")
		}
		if !slices.Contains(networks, network) {
			networks = append(networks, network)
		}
	}
	return networks, nil
}

// networkOf reads an address or a network, and returns it as a network without host bits.
func networkOf(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()).String(), true
	}
	network, err := netip.ParsePrefix(text)
	if err != nil || network.Addr().Is4In6() {
		return "", false
	}
	return network.Masked().String(), true
}
