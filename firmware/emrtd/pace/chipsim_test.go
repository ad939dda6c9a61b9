package pace_test

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
)

// A made-up person's card.
const (
	simMRZ  = "IDVNM0900006386001090000638<<79003152M3003150VNM<<<<<<<<<<<6NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
	simInfo = "090000638690031523003150"
	simCAN  = "000638"
)

// simulated is a chip from another hand: package chipsim has its own groups
// and mappings.
type simulated struct {
	*chipsim.Chip
	commands int
}

func (s *simulated) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	s.commands++
	return s.Chip.Transmit(cmd), nil
}

// newSimulated makes a chip that offers these variants, and the public key of
// its chip authentication mapping.
func newSimulated(t *testing.T, id int, access []byte) (*simulated, group.Element) {
	t.Helper()
	g, err := group.ByID(id)
	if err != nil {
		t.Fatal(err)
	}
	private, public := keyPair(t, g)
	p := chipsim.Personality{CAN: simCAN, MRZ: simMRZ, CardAccess: access, CANTries: 3,
		Keys: chipsim.PrivateKeys{CAM: []chipsim.CAKey{{Number: id, GroupID: id, X: new(big.Int).SetBytes(private)}}}}
	c, err := chipsim.New(p, chipsim.Files{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &simulated{Chip: c}, public
}

func TestAgainstTheSimulatedChip(t *testing.T) {
	for _, info := range variants() {
		n := len(info.Protocol)
		entry := paceInfo(byte(info.Protocol[n-2]), byte(info.Protocol[n-1]), byte(info.ParameterID))
		access := set(entry)
		if info.Ambiguous { // the chip has a second set of parameters
			access = set(paceInfo(2, 2, 12), entry)
			if info.ParameterID == 12 {
				access = set(paceInfo(2, 2, 13), entry)
			}
		}
		infos, err := pace.ParseCardAccess(access)
		if err != nil {
			t.Fatal(err)
		}
		info = infos[len(infos)-1]
		passwords := map[string]pace.Password{"CAN": can(t, simCAN)}
		if info.Protocol[len(info.Protocol)-1] == 2 {
			passwords["MRZ"] = pace.MRZ(simInfo)
		}
		for name, pw := range passwords {
			ic, public := newSimulated(t, info.ParameterID, access)
			got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: ic}, info, pw, rand.Reader)
			if err != nil || ic.commands != 5 {
				t.Errorf("%v with the %s: %v after %d commands", info, name, err, ic.commands)
				continue
			}
			// The first protected command opens on the other side.
			channel := &sm.Channel{Transmitter: ic, Session: got.Session}
			if _, err := channel.Send(t.Context(), apdu.Command{INS: apdu.InsSelect, P1: 0x04, P2: 0x0C, Data: unhex(t, "A0000002471001")}); err != nil {
				t.Errorf("%v with the %s: %v", info, name, err)
			}
			if got.CAM == nil {
				continue
			}
			if err := got.CAM.Verify(set(keyInfo(info.ParameterID, info.ParameterID, public))); err != nil {
				t.Errorf("%v: %v", info, err)
			}
			if err := got.CAM.VerifyKey(mustGenerator(t, info)); !errors.Is(err, pace.ErrClone) {
				t.Errorf("%v, another key: %v", info, err)
			}
		}
	}
}

func mustGenerator(t *testing.T, info pace.Info) group.Element {
	t.Helper()
	g, err := group.ByID(info.ParameterID)
	if err != nil {
		t.Fatal(err)
	}
	return g.Generator()
}

// A chip that counts sees one guess for each run, and blocks after three.
func TestGuessesCount(t *testing.T) {
	for _, info := range kinds {
		n := len(info.Protocol)
		ic, _ := newSimulated(t, info.ParameterID, set(paceInfo(byte(info.Protocol[n-2]), byte(info.Protocol[n-1]), byte(info.ParameterID))))
		for i := range 4 {
			want := pace.ErrPassword
			if i == 3 {
				want = pace.ErrBlocked
			}
			if _, err := pace.Run(t.Context(), apdu.Plain{Transmitter: ic}, info, can(t, "000639"), rand.Reader); !errors.Is(err, want) {
				t.Errorf("%v, guess %d: %v", info, i+1, err)
			}
		}
		// The MRZ still opens, and gives the CAN back.
		for _, pw := range []pace.Password{pace.MRZ(simInfo), can(t, simCAN)} {
			ic.Reset()
			if _, err := pace.Run(t.Context(), apdu.Plain{Transmitter: ic}, info, pw, rand.Reader); err != nil {
				t.Errorf("%v: %v", info, err)
			}
		}
	}
}
