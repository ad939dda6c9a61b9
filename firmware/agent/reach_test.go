package agent_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"tram06/firmware/agent"
	"tram06/fleet/registry"
	"tram06/fleet/wire"
)

// Whoever tries the way to the fleet is not taken for a kiosk that serves.
func TestReachSaysNothing(t *testing.T) {
	s := newServer(t)
	cred := s.enrol("SM06")
	if err := agent.Reach(t.Context(), agent.Options{URL: s.NATSURL(), Credentials: cred}); err != nil {
		t.Fatal(err)
	}
	s.tick()
	k, err := s.Registry().Kiosk("SM06")
	if err != nil || k.Presence == registry.Online || k.Status != nil {
		t.Errorf("%+v, %v", k, err)
	}
	// Beside the kiosk that serves it disturbs nothing.
	run(t, s.NATSURL(), cred)
	s.await("SM06", "online", online)
	if err := agent.Reach(t.Context(), agent.Options{URL: s.NATSURL(), Credentials: cred}); err != nil {
		t.Error(err)
	}
	s.tick()
	if k, err := s.Registry().Kiosk("SM06"); err != nil || !online(k) {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestReachFails(t *testing.T) {
	s := newServer(t)
	stranger, _, err := wire.NewCredentials("SM07")
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Reach(t.Context(), agent.Options{URL: s.NATSURL(), Credentials: stranger}); err == nil {
		t.Error("a kiosk that the fleet does not know was let in")
	}
	if err := agent.Reach(t.Context(), agent.Options{URL: "nats://192.0.2.1:4222", Credentials: stranger}); !errors.Is(err, agent.ErrURL) {
		t.Errorf("plain across a network: %v", err)
	}
	// A server that never says a word is left with the context.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := agent.Reach(ctx, agent.Options{URL: "nats://" + ln.Addr().String(), Credentials: stranger}); err == nil {
		t.Error("a server that says nothing was reached")
	}
}
