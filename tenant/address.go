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
	if len(list) == 0 || address == "" || allowed(list, address) {
		return nil
	}
	return paceline.Fail(paceline.CodeIPNotAllowed)
}

func allowed(list []string, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(text string) bool {
		network, err := netip.ParsePrefix(text)
		return err == nil && network.Contains(ip)
	})
}

// AllowedAddresses are the networks of a partner; an empty list means any.
type AllowedAddresses struct {
	Programs []string  // from which the API may be called
	Console  *[]string // from which people may use the console; nil: the same
}

// Addresses returns both lists.
func (t *Tenant) Addresses(ctx context.Context, p paceline.Principal) (out AllowedAddresses, err error) {
	if err := needPartner(p, AreaAddresses, paceline.ViewRight); err != nil {
		return out, err
	}
	err = t.store.Read(ctx, func(tx *store.Tx) error {
		partner, _, err := tx.Partner(p.PartnerScope())
		out = AllowedAddresses{partner.Settings.AllowedIPs, partner.Settings.ConsoleIPs}
		return err
	})
	return out, err
}

// AddressesPatch replaces lists by addresses and networks, which are kept as networks.
type AddressesPatch struct {
	Programs Patch[[]string] // null: any
	Console  Patch[[]string] // null: the same as programs
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
		out = AllowedAddresses{s.AllowedIPs, s.ConsoleIPs}
		comment := strings.Join(s.AllowedIPs[:min(len(s.AllowedIPs), 10)], " ")
		if s.ConsoleIPs != nil {
			comment += "; console: " + strings.Join((*s.ConsoleIPs)[:min(len(*s.ConsoleIPs), 10)], " ")
		}
		return audit(tx, p, 0, "settings.addresses_changed", "partner", string(partner.ID), comment)
	})
	t.partners.forget(p.Partner)
	return out, err
}

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
