"""The synthetic tabletop: things, scenes, pictures, grasp labels and instructions."""
