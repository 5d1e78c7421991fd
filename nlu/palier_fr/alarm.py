"""From which sum of the danger intents' probabilities a person is brought (measured in nlu/README.md)."""

# A person is alerted, even when the model hesitates between them and something else.
DANGER_PROBABILITY = 0.25
# From here up to the alarm, one message in six is of danger all the same: a person reads it within the
# working day, when nothing else brings one.
WORRY_PROBABILITY = 0.10
