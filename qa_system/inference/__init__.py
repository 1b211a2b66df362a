"""What every model needs to run fast on the machine at hand, whatever the model is for."""
