package doctor

import (
	"context"
	"testing"
	"testing/fstest"
)

// What the kernel's files hold is taken as it comes: nothing in them ends the
// examination, and whatever cannot be understood is no fault of the machine.
func FuzzKernelFiles(f *testing.F) {
	f.Add("MemTotal: 1000000 kB\nMemAvailable: 700000 kB\n", "full avg10=0.05 avg60=0.00 avg300=0.00 total=1\n", "50005")
	f.Add("MemTotal: 99999999999999999999 kB\n", "full avg10=NaN ", "0x0")
	f.Add("MemTotal:\n\x00", "full avg10=", "-1")
	f.Fuzz(func(t *testing.T, meminfo, pressure, supply string) {
		sys := quiet()
		sys.Files = fstest.MapFS{"proc/meminfo": {Data: []byte(meminfo)}, "proc/pressure/memory": {Data: []byte(pressure)}, throttled: {Data: []byte(supply)}}
		x := &examiner{Options{System: sys}, "en"}
		for _, found := range [][]Finding{x.memory(context.Background()), x.power(context.Background())} {
			if len(found) != 1 || found[0].Text == "" || found[0].State == "" {
				t.Fatalf("%+v", found)
			}
		}
	})
}
