package initramfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"tram06/e2e/guest/initramfs"
)

// entry is what a reader of the format finds.
type entry struct {
	name         string
	mode         uint64
	major, minor uint64
	data         string
}

// list reads an archive as the kernel does.
func list(t *testing.T, b []byte) (all []entry) {
	t.Helper()
	numbers := map[uint64]bool{}
	for {
		if len(b) < 110 || string(b[:6]) != "070701" {
			t.Fatalf("no head at %q", b[:min(len(b), 20)])
		}
		field := func(i int) uint64 {
			v, err := strconv.ParseUint(string(b[6+8*i:14+8*i]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		size, name := field(6), field(11)
		nameEnd := 110 + name
		begin := (nameEnd + 3) / 4 * 4
		e := entry{string(b[110 : nameEnd-1]), field(1), field(9), field(10), string(b[begin : begin+size])}
		if b[nameEnd-1] != 0 || numbers[field(0)] {
			t.Errorf("%q does not end, or shares its number", e.name)
		}
		numbers[field(0)] = true
		b = b[(begin+size+3)/4*4:]
		if e.name == "TRAILER!!!" {
			if len(b) != 0 {
				t.Errorf("%d bytes behind the end", len(b))
			}
			return all
		}
		all = append(all, e)
	}
}

func TestTheKernelFindsWhatWasPutIn(t *testing.T) {
	var b bytes.Buffer
	w := initramfs.New(&b)
	w.Folder("dev")
	w.Device("dev/console", 5, 1)
	for n := range 6 { // every filling
		w.File(fmt.Sprintf("/%0*d", n+1, 0), n%2 == 0, bytes.Repeat([]byte{'x'}, n))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := list(t, b.Bytes())
	want := []entry{{"dev", 0o40755, 0, 0, ""}, {"dev/console", 0o20600, 5, 1, ""}}
	for n := range 6 {
		mode := uint64(0o100644)
		if n%2 == 0 {
			mode = 0o100755
		}
		want = append(want, entry{fmt.Sprintf("%0*d", n+1, 0), mode, 0, 0, "xxxxx"[:n]})
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

var errFull = errors.New("disk full")

type disk struct{ left int }

func (d *disk) Write(b []byte) (int, error) {
	n := min(len(b), d.left)
	if d.left -= n; n < len(b) {
		return n, errFull
	}
	return n, nil
}

func TestAFullDiskIsTold(t *testing.T) {
	for left := range 400 {
		w := initramfs.New(&disk{left})
		w.File("a", false, []byte("what does not fit"))
		if err := w.Close(); !errors.Is(err, errFull) && left < 250 {
			t.Fatalf("with room for %d bytes Close gives %v", left, err)
		}
	}
}
