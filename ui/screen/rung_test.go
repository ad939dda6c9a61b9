package screen

import (
	"testing"

	"tram06/firmware/session"
	"tram06/ui/scene"
)

// What a person asked for larger is larger: on every page of 150 percent the
// words of the content are larger than those of 100 percent, and the smallest
// are never smaller.
func TestLargerTextIsLarger(t *testing.T) {
	fonts, svc := load(t)
	content := func(s session.State, env Env) (least, sum, n int) {
		least = 999
		for _, it := range View(s, env).Items {
			if it.Kind == scene.Text && it.Rect.Y > 272 && it.Rect.Y < 1640 {
				least = min(least, it.Size)
				sum += it.Size * len([]rune(it.Text))
				n += len([]rune(it.Text))
			}
		}
		return least, sum, n
	}
	full := 0
	all := samples(svc)
	for _, x := range all {
		env := environment(fonts, svc)
		x.env(&env)
		least, sum, n := content(x.s, env)
		x.s.TextSize = 150
		least2, sum2, n2 := content(x.s, env)
		if least2 < 36 {
			t.Errorf("%s: smallest words at 150 %% are %d", x.name, least2)
		}
		if least2 < least || 20*sum2*n < 19*sum*n2 { // a crowded page trades its title for its small words
			t.Errorf("%s: smallest %d, then %d; mean %d, then %d", x.name, least, least2, sum/n, sum2/n2)
		}
		if least2 >= 42 {
			full++
		}
	}
	t.Logf("%d of %d screens have all words at 42 or more", full, len(all))
	if full*3 < len(all)*2 {
		t.Errorf("only %d of %d screens have all words at 42 or more", full, len(all))
	}
}
