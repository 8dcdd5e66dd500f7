package utility

import (
	"context"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"paceline/connector"
)

// Numbers of tools are exact decimals: 0.1 and 0.2 are 0.3. They have bounds, so that none fills the memory.
const (
	mostDigits   = 400
	mostExponent = 400
	mostDecimals = 30
)

// number reads a field or a text as a decimal.
func number(what, text string) (*big.Rat, error) {
	text = strings.TrimSpace(text)
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if n, err := strconv.Atoi(exponent); exponent != "" && (err != nil || n > mostExponent || n < -mostExponent) || len(text) > mostDigits {
		return nil, badInput("%s is too large a number, or none.", what)
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789+-.eE", r) }) {
		return nil, badInput("%s is not a number.", what)
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, badInput("%s is not a number.", what)
	}
	return n, nil
}

func numberOf(c connector.UtilityCall, name string) (*big.Rat, error) {
	return number(name, textOf(c, name))
}

// decimal writes a number without the zeros at its end, as JSON.
type decimal struct{ *big.Rat }

func (d decimal) String() string {
	if d.IsInt() {
		return d.Num().String()
	}
	// What was read or rounded has an end; anything else was rounded before.
	digits, exact := d.FloatPrec()
	if !exact {
		digits = mostDecimals
	}
	s := strings.TrimRight(d.FloatString(digits), "0")
	return strings.TrimSuffix(s, ".")
}

func (d decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

type result struct{ Result decimal }

func calculate(_ context.Context, c connector.UtilityCall) (any, error) {
	a, err := numberOf(c, "Left")
	if err != nil {
		return nil, err
	}
	b, err := numberOf(c, "Right")
	if err != nil {
		return nil, err
	}
	operation, err := choice(c, "Operation", "add", "subtract", "multiply", "divide", "remainder", "power")
	if err != nil {
		return nil, err
	}
	decimals, err := between(c, "Decimals", 10, 0, mostDecimals)
	if err != nil {
		return nil, err
	}
	out := new(big.Rat)
	switch operation {
	case "add":
		out.Add(a, b)
	case "subtract":
		out.Sub(a, b)
	case "multiply":
		out.Mul(a, b)
	case "divide", "remainder":
		if b.Sign() == 0 {
			return nil, badInput("Right is 0, by which nothing can be divided.")
		}
		if out.Quo(a, b); operation == "remainder" {
			whole := new(big.Int).Quo(out.Num(), out.Denom())
			out.Sub(a, new(big.Rat).Mul(b, new(big.Rat).SetInt(whole)))
		}
	case "power":
		if out, err = power(a, b); err != nil {
			return nil, err
		}
	}
	// Sums, differences and products are exact; a quotient may have no end.
	if _, exact := out.FloatPrec(); !exact || c.Param("Decimals") != "" {
		out = round(out, decimals, "half-up")
	}
	return result{decimal{out}}, nil
}

func power(a, b *big.Rat) (*big.Rat, error) {
	if !b.IsInt() || !b.Num().IsInt64() || b.Num().Int64() > 1000 || b.Num().Int64() < -1000 {
		return nil, badInput("Right is a whole number between -1,000 and 1,000 where Left is raised to its power.")
	}
	n := b.Num().Int64()
	if n < 0 && a.Sign() == 0 {
		return nil, badInput("0 has no negative power.")
	}
	exponent := big.NewInt(max(n, -n))
	if int64(max(a.Num().BitLen(), a.Denom().BitLen()))*exponent.Int64() > 8*mostDigits*4 {
		return nil, badInput("The result is too large.")
	}
	out := new(big.Rat).SetFrac(new(big.Int).Exp(a.Num(), exponent, nil), new(big.Int).Exp(a.Denom(), exponent, nil))
	if n < 0 {
		out.Inv(out)
	}
	return out, nil
}

// roundings are the ways to round, the first without a choice.
var roundings = []string{"half-up", "half-even", "up", "down", "ceiling", "floor"}

// round rounds to decimals. half-up is away from zero, as people do it.
func round(n *big.Rat, decimals int, mode string) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Rat).Mul(n, new(big.Rat).SetInt(scale))
	whole, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int)) // towards zero
	if rest.Sign() != 0 {
		half := new(big.Int).Abs(new(big.Int).Lsh(rest, 1)).Cmp(scaled.Denom()) // whether the rest is less than a half
		away := mode == "up" || mode == "ceiling" && n.Sign() > 0 || mode == "floor" && n.Sign() < 0 ||
			mode == "half-up" && half >= 0 || mode == "half-even" && (half > 0 || half == 0 && whole.Bit(0) == 1)
		if away {
			whole.Add(whole, big.NewInt(int64(n.Sign())))
		}
	}
	return new(big.Rat).SetFrac(whole, scale)
}

func roundNumber(_ context.Context, c connector.UtilityCall) (any, error) {
	n, err := numberOf(c, "Number")
	if err != nil {
		return nil, err
	}
	mode, err := choice(c, "Mode", roundings...)
	if err != nil {
		return nil, err
	}
	decimals, err := between(c, "Decimals", 0, 0, mostDecimals)
	if err != nil {
		return nil, err
	}
	return result{decimal{round(n, decimals, mode)}}, nil
}

func formatNumber(_ context.Context, c connector.UtilityCall) (any, error) {
	n, err := numberOf(c, "Number")
	if err != nil {
		return nil, err
	}
	decimals, err := between(c, "Decimals", 2, 0, mostDecimals)
	if err != nil {
		return nil, err
	}
	mark, group := c.Param("DecimalMark"), c.Param("GroupMark")
	if mark == "" {
		mark = "."
	}
	if len(mark) > 10 || len(group) > 10 {
		return nil, badInput("DecimalMark and GroupMark are one character each.")
	}
	digits, fraction, _ := strings.Cut(round(n, decimals, "half-up").FloatString(decimals), ".")
	digits, negative := strings.CutPrefix(digits, "-")
	var b strings.Builder
	if negative && strings.Trim(digits+fraction, "0") != "" {
		b.WriteByte('-')
	}
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if fraction != "" {
		b.WriteString(mark + fraction)
	}
	return textAnswer{b.String()}, nil
}

// parseNumber reads a number as people write it: with marks between thousands, and with a currency or unit around it.
func parseNumber(_ context.Context, c connector.UtilityCall) (any, error) {
	mark := c.Param("DecimalMark")
	if mark == "" {
		mark = "."
	}
	if mark != "." && mark != "," {
		return nil, badInput("DecimalMark is a point or a comma.")
	}
	var b strings.Builder
	marks, over := 0, false
	for _, r := range strings.TrimSpace(textOf(c, "Text")) {
		switch {
		case r >= '0' && r <= '9':
			if over {
				return nil, badInput("Text has more than one number.")
			}
			b.WriteRune(r)
		case (r == '-' || r == '\u2212') && b.Len() == 0:
			b.WriteByte('-')
		case string(r) == mark && !over:
			b.WriteByte('.')
			marks++
		case strings.ContainsRune(".,'\u2019_", r) || unicode.IsSpace(r): // between thousands
		default:
			over = strings.ContainsAny(b.String(), "0123456789")
		}
	}
	if marks > 1 {
		return nil, badInput("Text has more than one decimal mark.")
	}
	n, err := number("Text", b.String())
	if err != nil {
		return nil, err
	}
	return result{decimal{n}}, nil
}
