package hal

// Keys of the fittings' conditions.
const (
	KeyKeypadGone = "keypad.gone"
	KeyLampsGone  = "lamps.gone"
	KeyBuzzerGone = "buzzer.gone"
	KeySoundGone  = "sound.gone"

	KeySwitchGone     = "switch.gone"
	KeySwitchBouncing = "switch.bouncing" // the contact never comes to rest
	KeySwitchStuck    = "switch.stuck"    // on for longer than it can be

	KeyFanGone    = "fan.gone"
	KeyFanStalled = "fan.stalled" // told to turn, and does not

	KeyBacklightGone = "backlight.gone"

	KeyThermometerGone   = "thermometer.gone"
	KeyThermometerSensor = "thermometer.sensor" // one of several sensors is broken

	KeyClockGone    = "clock.gone"
	KeyClockUnset   = "clock.unset"   // lost its time, and was not set since
	KeyClockBattery = "clock.battery" // its battery is low or empty

	KeyWatchdogGone = "watchdog.gone"
	// KeyWatchdogWeak: this one stops when the kiosk crashes, which is when it
	// is needed.
	KeyWatchdogWeak = "watchdog.weak"
)
