package rest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	simulated "tram06/devdock/portal"
	"tram06/firmware/dossier"
	"tram06/gateway/portal"
	"tram06/gateway/portal/rest"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// The kill test runs this very test binary again as a process of its own.
const (
	dirVar = "TRAM06_TEST_DIR"
	urlVar = "TRAM06_TEST_URL"
	caVar  = "TRAM06_TEST_CA"
)

func TestMain(m *testing.M) {
	if os.Getenv(dirVar) == "" {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, beForwarder(os.Getenv(dirVar), os.Getenv(urlVar), os.Getenv(caVar)))
	os.Exit(1)
}

// beForwarder forwards until it is killed, and says of each dossier that it
// settled.
func beForwarder(dir, url, ca string) error {
	ctx := context.Background()
	st, err := sqlite.Open(ctx, filepath.Join(dir, "g.db"), sqlite.Options{Office: "H00.00"})
	if err != nil {
		return err
	}
	roots, err := rest.Roots(ca)
	if err != nil {
		return err
	}
	c, err := rest.New(url, roots, time.Now)
	if err != nil {
		return err
	}
	return portal.Forward(ctx, portal.Options{
		Portal: c, Name: "p", Store: telling{st}, Patience: time.Second, Now: time.Now,
		Rand: rand.New(rand.NewPCG(rand.Uint64(), 1)), Log: slog.New(slog.DiscardHandler),
		Open: func(_ context.Context, r store.Record) ([]byte, error) { return r.Envelope, nil },
	})
}

// telling says when something is durable.
type telling struct{ *sqlite.Store }

func (s telling) Move(ctx context.Context, from, to store.Delivery) error {
	err := s.Store.Move(ctx, from, to)
	if err == nil {
		fmt.Println(to.State)
	}
	return err
}

// A forwarder is killed again and again, at all sorts of moments, while the
// portal behaves in all sorts of ways. Everything arrives, once.
func TestKilledAtAnyMoment(t *testing.T) {
	const rounds, each = 12, 5
	f, cert := pki(t)
	p := simulated.New(simulated.Options{RetryAfter: time.Second})
	if err := p.Listen(cert); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "g.db"), sqlite.Options{Office: "H00.00"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	// life starts a forwarder and gives what it settles; it ends with the test.
	life := func() (*exec.Cmd, <-chan string) {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), dirVar+"="+dir, urlVar+"="+p.URL(), caVar+"="+f.CA)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
		lines := make(chan string, 1000)
		go func() {
			defer close(lines)
			for sc := bufio.NewScanner(out); sc.Scan(); {
				lines <- sc.Text()
			}
		}()
		return cmd, lines
	}
	modes := []simulated.Mode{simulated.OK, simulated.OK, simulated.Lost, simulated.Error, simulated.Maintenance, simulated.Slow}
	dice := rand.New(rand.NewPCG(6, 2026))
	for round := range rounds {
		for range each {
			n++
			if _, _, err := st.Put(t.Context(), stored(t, n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Set(modes[dice.IntN(len(modes))]); err != nil {
			t.Fatal(err)
		}
		cmd, lines := life()
		// Killed at a moment of the portal, or at one of its own, or after a while.
		count, at := 1+dice.IntN(3), dice.IntN(4)
		var mu sync.Mutex
		strike := func(moment int) {
			mu.Lock()
			defer mu.Unlock()
			if moment == at {
				if count--; count == 0 {
					cmd.Process.Kill()
				}
			}
		}
		p.Watch(func(m simulated.Moment) { strike(int(m)) })
		patience := time.AfterFunc(time.Duration(200+dice.IntN(1300))*time.Millisecond, func() { cmd.Process.Kill() })
		for line := range lines {
			if at == 2 || line == string(store.Sent) {
				strike(max(at, 2))
			}
		}
		patience.Stop()
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("round %d: the forwarder ended by itself: %v", round, err)
		}
	}
	p.Watch(nil)
	if err := p.Set(simulated.OK); err != nil {
		t.Fatal(err)
	}
	cmd, lines := life()
	for {
		open, err := st.List(t.Context(), n, store.Waiting, store.Unclear)
		if err != nil {
			t.Fatal(err)
		}
		if len(open) == 0 {
			break
		}
		if _, ok := <-lines; !ok {
			t.Fatalf("the last forwarder ended by itself; %d are open", len(open))
		}
	}
	cmd.Process.Kill()
	for range lines {
	}
	cmd.Wait() // its error is that it was killed
	s := p.State()
	if s.Received != n || s.Duplicates != 0 {
		t.Errorf("the portal has %d of %d, %d came twice", s.Received, n, s.Duplicates)
	}
	list, err := st.List(t.Context(), n+1, store.Sent)
	if err != nil || len(list) != n {
		t.Fatalf("%d of %d are sent (%v)", len(list), n, err)
	}
	numbers := map[string]string{}
	for _, d := range s.Dossiers {
		numbers[d.Key] = d.Number
	}
	for _, r := range list {
		if numbers[r.ID] != r.Delivery.Number {
			t.Errorf("%s is %s at the portal and %s here", r.ID, numbers[r.ID], r.Delivery.Number)
		}
	}
	t.Logf("%d kills, %d dossiers, %d questions", rounds, n, s.Asked)
}

// stored is the n-th dossier, with its body for an envelope.
func stored(t testing.TB, n int) store.Record {
	t.Helper()
	id := fmt.Sprintf("019aa8f2-0c00-7abc-8def-%012d", n)
	body := bodyOf(t, id, fmt.Sprintf("SM06-2311-%04d", n))
	return store.Record{ID: id, Digest: dossier.DigestOf(body), Device: "SM06", KeyID: "k", KioskNumber: fmt.Sprintf("SM06-2311-%04d", n),
		Service: "s", Version: "1", Procedure: "p", CreatedAt: noon, ReceivedAt: time.Now(), Envelope: body}
}
