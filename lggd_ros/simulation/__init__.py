"""The simulated robot: a MuJoCo FR3 with a wrist camera, in one process or served as ROS topics and actions."""
