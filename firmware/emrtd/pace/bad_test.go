package pace_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/tlv"
)

// The steps of a run, by the answers of the chip.
const (
	announced = iota
	nonce
	mapping
	agreement
	tokens
)

// kinds has one variant of each mapping over each kind of group.
var kinds = []pace.Info{
	{Protocol: protocol(2, 2), Version: 2, ParameterID: 13},
	{Protocol: protocol(4, 4), Version: 2, ParameterID: 12},
	{Protocol: protocol(6, 3), Version: 2, ParameterID: 13},
	{Protocol: protocol(1, 1), Version: 2, ParameterID: 0},
	{Protocol: protocol(3, 2), Version: 2, ParameterID: 0},
}

// spoiled runs a variant against a chip that gives one wrong answer, and makes
// sure that the run ends there, with no more than one guess and no secret told.
func spoiled(t *testing.T, info pace.Info, at int, change func(c *chip, answer []byte) []byte) (pace.Result, error) {
	t.Helper()
	c := newChip(t, info, rand.Reader)
	if c.mapping == pace.ChipAuthentication {
		c.static, _ = keyPair(t, c.g)
	}
	c.spoil = func(step int, answer []byte) []byte {
		if step == at || at == announced && c.named && step == 1 {
			return change(c, answer)
		}
		return answer
	}
	got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, info, can(t, "000638"), rand.Reader)
	again := c.named && !info.Ambiguous // the chip was asked once more
	if err != nil && c.steps != at+1 && !(again && at == announced && c.steps == at+2) {
		t.Errorf("%v: %d commands, the answer to number %d was wrong", info, c.steps, at+1)
	}
	if c.guesses > 1 {
		t.Errorf("%v: %d guesses", info, c.guesses)
	}
	if err != nil && (got.Session != nil || got.CAM != nil) {
		t.Errorf("%v: a result beside an error", info)
	}
	return got, err
}

func TestStatusWords(t *testing.T) {
	sentinels := []error{pace.ErrRefused, pace.ErrBlocked, pace.ErrPassword, pace.ErrChip}
	for _, info := range kinds {
		for at := announced; at <= tokens; at++ {
			for _, sw := range []uint16{0x6300, 0x63C0, 0x63C1, 0x63C2, 0x6700, 0x6982, 0x6983, 0x6985, 0x6A80, 0x6A87, 0x6A88, 0x6D00, 0x6F00} {
				var want error = pace.ErrRefused
				switch {
				case sw == 0x63C0 || sw == 0x6983:
					want = pace.ErrBlocked
				case at == announced && sw&0xFFF0 == 0x63C0:
					want = nil // a warning that tells how many tries are left
				case at == tokens:
					want = pace.ErrPassword
				}
				_, err := spoiled(t, info, at, func(*chip, []byte) []byte { return []byte{byte(sw >> 8), byte(sw)} })
				if want == nil {
					if err != nil {
						t.Errorf("%v, answer %d, %04X: %v", info, at, sw, err)
					}
					continue
				}
				for _, s := range sentinels {
					if errors.Is(err, s) != (s == want) {
						t.Errorf("%v, answer %d, %04X: %v", info, at, sw, err)
					}
				}
			}
		}
	}
}

// A chip that wants its parameters named where there is no choice is asked
// again, before any password was tried.
func TestParametersNamedOnDemand(t *testing.T) {
	for _, info := range kinds {
		for _, sw := range []uint16{0x6A87, 0x6A88} {
			c := newChip(t, info, rand.Reader)
			c.static = []byte{1}
			c.spoil = func(_ int, answer []byte) []byte {
				if !c.named {
					return []byte{byte(sw >> 8), byte(sw)}
				}
				return answer
			}
			if _, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, info, can(t, "000638"), rand.Reader); err != nil || c.steps != 6 || c.guesses != 1 {
				t.Errorf("%v, %04X: %v after %d commands and %d guesses", info, sw, err, c.steps, c.guesses)
			}
		}
	}
}

// object puts one data object into a whole answer.
func object(tag tlv.Tag, value []byte) []byte {
	return append(tlv.Append(nil, 0x7C, tlv.Append(nil, tag, value)), 0x90, 0)
}

// value takes the first data object's value out of an answer.
func value(t *testing.T, answer []byte) []byte {
	t.Helper()
	n, err := tlv.ParseOne(answer[:len(answer)-2], 0x7C)
	if err != nil {
		t.Fatal(err)
	}
	kids, err := n.Children()
	if err != nil || len(kids) == 0 {
		t.Fatalf("%d objects, %v", len(kids), err)
	}
	return kids[0].Value
}

func TestMalformedAnswers(t *testing.T) {
	for _, info := range kinds {
		for at := nonce; at <= tokens; at++ {
			if info.Mapping() == pace.Integrated && at == mapping {
				continue // its answer has nothing inside
			}
			for name, change := range map[string]func(*chip, []byte) []byte{
				"nothing":          func(*chip, []byte) []byte { return []byte{0x90, 0} },
				"empty template":   func(*chip, []byte) []byte { return []byte{0x7C, 0, 0x90, 0} },
				"another template": func(_ *chip, a []byte) []byte { a[0] = 0x7D; return a },
				"primitive":        func(_ *chip, a []byte) []byte { a[0] = 0x5C; return a },
				"cut short":        func(_ *chip, a []byte) []byte { return append(a[:len(a)-3], 0x90, 0) },
				"bytes behind":     func(_ *chip, a []byte) []byte { return append(a[:len(a)-2], 0x80, 0, 0x90, 0) },
				"another tag":      func(_ *chip, a []byte) []byte { return object(0x8F, a) },
				"no length":        func(*chip, []byte) []byte { return []byte{0x7C, 0x80, 0x90, 0} },
				"empty value":      func(*chip, []byte) []byte { return object(tlv.Tag(0x80+2*(at-nonce)), nil) },
			} {
				_, err := spoiled(t, info, at, change)
				want := pace.ErrChip
				if at == tokens && name == "empty value" {
					want = pace.ErrPassword
				}
				if !errors.Is(err, want) {
					t.Errorf("%v, answer %d, %s: %v", info, at, name, err)
				}
			}
		}
	}
}

// Objects that nobody asked for, before and behind the one that counts.
func TestObjectsBeside(t *testing.T) {
	for _, info := range kinds {
		for at := nonce; at <= tokens; at++ {
			_, err := spoiled(t, info, at, func(_ *chip, a []byte) []byte {
				n, err := tlv.ParseOne(a[:len(a)-2], 0x7C)
				if err != nil {
					t.Fatal(err)
				}
				return append(tlv.Append(nil, 0x7C, []byte{0x87, 2, 1, 2, 0x53, 1, 9}, n.Value, []byte{0x88, 0}), 0x90, 0)
			})
			if err != nil {
				t.Errorf("%v, answer %d: %v", info, at, err)
			}
		}
	}
}

func TestNonces(t *testing.T) {
	for _, info := range kinds {
		for _, n := range []int{1, 7, 15, 17, 72, 80} {
			if _, err := spoiled(t, info, nonce, func(*chip, []byte) []byte { return object(0x80, make([]byte, n)) }); !errors.Is(err, pace.ErrChip) {
				t.Errorf("%v, nonce of %d bytes: %v", info, n, err)
			}
		}
	}
	// Integrated mapping says how long it has to be; other mappings do not.
	for n, want := range map[int]error{16: pace.ErrChip, 48: pace.ErrChip} {
		if _, err := spoiled(t, kinds[1], nonce, func(*chip, []byte) []byte { return object(0x80, make([]byte, n)) }); !errors.Is(err, want) {
			t.Errorf("integrated mapping with AES-256, nonce of %d bytes: %v", n, err)
		}
	}
	// In generic mapping it may be longer than the group's order.
	c := newChip(t, kinds[0], rand.Reader)
	c.spoil = func(step int, answer []byte) []byte {
		if step != nonce {
			return answer
		}
		block, err := keys.NewCipher(c.suite, keys.Derive(c.suite, c.secret, keys.PACE))
		if err != nil {
			t.Fatal(err)
		}
		c.nonce = bytes.Repeat([]byte{0xC5}, 48)
		z := bytes.Clone(c.nonce)
		if err := keys.EncryptCBC(block, nil, z); err != nil {
			t.Fatal(err)
		}
		return object(0x80, z)
	}
	if _, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, kinds[0], can(t, "000638"), rand.Reader); err != nil {
		t.Errorf("generic mapping, nonce of 48 bytes: %v", err)
	}
}

// notElements lists what is no public key over a group.
func notElements(t *testing.T, g group.Group, good []byte) map[string][]byte {
	t.Helper()
	p := g.Prime()
	width := (p.BitLen() + 7) / 8
	number := func(v *big.Int) []byte { return v.FillBytes(make([]byte, width)) }
	minusOne := new(big.Int).Sub(p, big.NewInt(1))
	if g.Tag() == 0x84 {
		a := new(big.Int).Div(minusOne, g.Order())
		small := new(big.Int).Exp(big.NewInt(5), new(big.Int).Div(minusOne, big.NewInt(2)), p)
		if small.Cmp(minusOne) != 0 {
			t.Fatal("5 is a square")
		}
		// Of an order that divides the cofactor, but not the group's.
		little := new(big.Int).Exp(big.NewInt(3), g.Order(), p)
		if new(big.Int).Exp(little, a, p).Cmp(big.NewInt(1)) != 0 {
			t.Fatal("the order does not divide the cofactor")
		}
		return map[string][]byte{
			"zero": {0}, "identity": {1}, "order two": number(minusOne), "prime": number(p),
			"above the prime": number(new(big.Int).Add(p, big.NewInt(4))), "three": {3}, "small subgroup": number(little),
			"outside the subgroup": number(new(big.Int).Mod(new(big.Int).Mul(new(big.Int).SetBytes(good), minusOne), p)),
			"far too long":         bytes.Repeat([]byte{0x55}, 600),
		}
	}
	off := bytes.Clone(good)
	off[len(off)-1] ^= 1
	wide := bytes.Clone(good)
	new(big.Int).Add(p, big.NewInt(1)).FillBytes(wide[1 : 1+width])
	return map[string][]byte{
		"off the curve": off, "infinity": {0}, "infinity at full length": append([]byte{4}, make([]byte, 2*width)...),
		"compressed": append([]byte{2}, good[1:1+width]...), "hybrid": append([]byte{6}, good[1:]...),
		"no prefix": good[1:], "cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 0),
		"X above the prime": wide, "another curve": make([]byte, 2*width+3),
	}
}

func TestPublicKeys(t *testing.T) {
	for _, info := range kinds {
		for _, at := range []int{mapping, agreement} {
			if info.Mapping() == pace.Integrated && at == mapping {
				continue
			}
			tag := tlv.Tag(0x80 + 2*(at-nonce))
			g, err := group.ByID(info.ParameterID)
			if err != nil {
				t.Fatal(err)
			}
			for name, key := range notElements(t, g, g.Generator()) {
				if _, err := spoiled(t, info, at, func(*chip, []byte) []byte { return object(tag, key) }); !errors.Is(err, pace.ErrChip) {
					t.Errorf("%v, answer %d, %s: %v", info, at, name, err)
				}
			}
			// A mirror needs no password.
			var ours []byte
			c := newChip(t, info, rand.Reader)
			c.static = []byte{1}
			mirror := transmit(func(cmd []byte) ([]byte, error) {
				answer, err := c.Transmit(t.Context(), cmd)
				if err != nil || c.steps != at+1 {
					return answer, err
				}
				parsed, err := apdu.ParseCommand(cmd)
				if err != nil {
					return nil, err
				}
				ours = value(t, append(bytes.Clone(parsed.Data), 0x90, 0))
				return object(tag, ours), nil
			})
			if _, err := pace.Run(t.Context(), apdu.Plain{Transmitter: mirror}, info, can(t, "000638"), rand.Reader); !errors.Is(err, pace.ErrChip) || ours == nil {
				t.Errorf("%v, answer %d, our own key: %v", info, at, err)
			}
		}
	}
}

// A generator that is no generator: the chip cannot bring it about without
// knowing our key, but the sum is checked all the same.
func TestMappedToNothing(t *testing.T) {
	for _, id := range []int{0, 12, 13} {
		g, err := group.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		// s·G + 1·H with H = −s·G.
		s := big.NewInt(77)
		h, err := g.Mul(g.Generator(), new(big.Int).Sub(g.Order(), s).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if e, err := pace.Mapped(g, s.Bytes(), []byte{1}, h); !errors.Is(err, pace.ErrChip) {
			t.Errorf("%v: %X, %v", g, e, err)
		}
		// The same sum with H = s·G is a doubling.
		twin, err := g.Mul(g.Generator(), s.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		double, err := g.Mul(g.Generator(), []byte{154})
		if err != nil {
			t.Fatal(err)
		}
		if e, err := pace.Mapped(g, s.Bytes(), []byte{1}, twin); err != nil || !bytes.Equal(e, double) {
			t.Errorf("%v: %X, %v", g, e, err)
		}
		if e, err := pace.Mapped(g, g.Order().Bytes(), []byte{1}, twin); !errors.Is(err, pace.ErrChip) {
			t.Errorf("%v, nonce zero: %X, %v", g, e, err)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, info := range kinds {
		for name, change := range map[string]func(*chip, []byte) []byte{
			"one bit":    func(c *chip, a []byte) []byte { return object(0x86, flip(value(t, a))) },
			"short":      func(c *chip, a []byte) []byte { return object(0x86, value(t, a)[:7]) },
			"long":       func(c *chip, a []byte) []byte { return object(0x86, append(bytes.Clone(value(t, a)), 0)) },
			"our own":    func(c *chip, a []byte) []byte { return object(0x86, c.token(c.g.Encode(c.own))) },
			"all zeros":  func(*chip, []byte) []byte { return object(0x86, make([]byte, 8)) },
			"the nonces": func(c *chip, a []byte) []byte { return object(0x86, c.nonce[:8]) },
		} {
			if _, err := spoiled(t, info, tokens, change); !errors.Is(err, pace.ErrPassword) {
				t.Errorf("%v, %s: %v", info, name, err)
			}
		}
	}
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

// transmit is a wire made of a function.
type transmit func(cmd []byte) ([]byte, error)

func (f transmit) Transmit(_ context.Context, cmd []byte) ([]byte, error) { return f(cmd) }

// An error of the wire stays what it is.
func TestTornOffEverywhere(t *testing.T) {
	gone := errors.New("card gone")
	for _, info := range kinds {
		for at := announced; at <= tokens; at++ {
			c := newChip(t, info, rand.Reader)
			c.static = []byte{1}
			wire := transmit(func(cmd []byte) ([]byte, error) {
				if c.steps == at {
					return nil, gone
				}
				return c.Transmit(t.Context(), cmd)
			})
			_, err := pace.Run(t.Context(), apdu.Plain{Transmitter: wire}, info, can(t, "000638"), rand.Reader)
			if !errors.Is(err, gone) || errors.Is(err, pace.ErrPassword) || errors.Is(err, pace.ErrRefused) || errors.Is(err, pace.ErrChip) {
				t.Errorf("%v, command %d: %v", info, at, err)
			}
		}
	}
}

// A terminal without randomness makes no keys.
func TestNoRandomnessAnywhere(t *testing.T) {
	for _, info := range kinds {
		for n := range 2 {
			c := newChip(t, info, rand.Reader)
			c.static = []byte{1}
			random := bytes.NewReader(bytes.Repeat([]byte{7}, 1+n*c.g.Order().BitLen()/8))
			if got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, info, can(t, "000638"), random); err == nil || c.guesses > 0 {
				t.Errorf("%v: %+v, %d guesses", info, got, c.guesses)
			}
		}
	}
}

// What is not known is not run, and nothing is sent for it.
func TestUnsupported(t *testing.T) {
	for _, info := range []pace.Info{
		{}, {Protocol: protocol(2, 2), Version: 1, ParameterID: 13}, {Protocol: protocol(2, 2), Version: 2, ParameterID: -1},
		{Protocol: protocol(2, 2), Version: 2, ParameterID: 0}, {Protocol: protocol(1, 2), Version: 2, ParameterID: 13},
		{Protocol: protocol(4, 2), Version: 2, ParameterID: 10}, {Protocol: protocol(6, 1), Version: 2, ParameterID: 13},
		{Protocol: protocol(5, 2), Version: 2, ParameterID: 13}, {Protocol: protocol(2, 5), Version: 2, ParameterID: 13},
		{Protocol: protocol(2, 0), Version: 2, ParameterID: 13}, {Protocol: protocol(2, 2), Version: 2, ParameterID: 3},
		{Protocol: protocol(2, 2), Version: 2, ParameterID: curve.LastID + 1},
	} {
		wire := transmit(func([]byte) ([]byte, error) { return nil, errors.New("something was sent") })
		if _, err := pace.Run(t.Context(), apdu.Plain{Transmitter: wire}, info, can(t, "000638"), rand.Reader); !errors.Is(err, pace.ErrUnsupported) || info.Supported() {
			t.Errorf("%v: %v", info, err)
		}
		if s := fmt.Sprint(info, info.Variant(), info.Mapping()); s == "" {
			t.Error("no words for it")
		}
	}
}
